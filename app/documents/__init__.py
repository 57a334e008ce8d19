"""What is printed: invoices, credit notes and packing slips.

A document is a template; what an invoice says comes from the snapshot taken at issue, in the words of one language.
"""
