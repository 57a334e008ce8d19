"""Exact amounts: money, shares that add up, and the ledger of an order. Pure: no table is known here."""
