"""Reports: what each counts, read for some days, and laid out as a table that page, CSV and XLSX share."""

from app.exports.figures.laying_out import Block, lay_out
from app.exports.figures.reports import REPORTS, FigureScope, Report

__all__ = ["REPORTS", "Block", "FigureScope", "Report", "lay_out"]
