"""What clients write, documents and events: checked, and made values."""
