"""What the pages of all sites share: how values are written, labels, form fields, policy, errors."""
