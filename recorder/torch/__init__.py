"""Counting on the device with PyTorch."""
