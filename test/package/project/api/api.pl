# GET / greets; POST /orders with the token puts an order into the queue. `api.pl health` asks the server.
use strict;
use warnings;
use IO::Socket::INET;

sub ask {
  my ($host, $port, $request) = @_;
  my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 5) or return "";
  print $socket $request;
  return scalar(<$socket>) // "";
}

if (@ARGV) {
  exit(ask("127.0.0.1", 8000, "GET / HTTP/1.0\r\n\r\n") =~ / 200 / ? 0 : 1);
}

$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8000, Listen => 64, ReuseAddr => 1) or die $!;
$| = 1;
print "listening\n";
while (my $client = $server->accept) {
  my ($method, $path) = (scalar(<$client>) // "") =~ m{^(\S+) (\S+)};
  my ($token, $length) = ("", 0);
  while (my $line = <$client>) {
    last if $line eq "\r\n";
    $token = $1 if $line =~ /^authorization: Bearer (\S+)/i;
    $length = $1 if $line =~ /^content-length: (\d+)/i;
  }
  read($client, my $order, $length) if $length;
  my ($status, $answer) = ("200 OK", $ENV{GREETING});
  if (($method // "") eq "POST") {
    if ($token ne $ENV{API_TOKEN}) {
      ($status, $answer) = ("401 Unauthorized", "no token");
    } else {
      my $queued = ask("redis", 6379, "*3\r\n\$5\r\nLPUSH\r\n\$6\r\norders\r\n\$$length\r\n$order\r\n");
      ($status, $answer) = $queued =~ /^:/ ? ("202 Accepted", "queued") : ("503 Service Unavailable", "no queue");
    }
    print "$status $order\n";
  }
  print $client "HTTP/1.0 $status\r\nContent-Length: " . length($answer) . "\r\n\r\n$answer";
  close $client;
}
