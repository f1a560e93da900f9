"""What the services of this folder share. Copied into every image beside the service's own package, `app`."""
