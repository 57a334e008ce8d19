"""Invoices that computers read: from the snapshot of an invoice to UBL (Peppol BIS Billing 3.0) and CII (Factur-X)."""
