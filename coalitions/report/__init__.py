"""From a region to a report: the plan, whether it would hold, how far to believe it, as page, tables and figures."""

from coalitions.report.study import Study, study
from coalitions.report.write import write

__all__ = ["Study", "study", "write"]
