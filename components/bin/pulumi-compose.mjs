#!/usr/bin/env node
process.stderr.write("pulumi-compose: the commands are not here yet\n");
process.exitCode = 1;
