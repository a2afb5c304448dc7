"""One cause of several findings: of projects, of pipelines of one project, or of one job."""
