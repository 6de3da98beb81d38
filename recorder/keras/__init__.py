"""Recording from Keras: the metric that counts on the device, and the callback that writes an epoch at a time."""
