"""The simulated GitLab: what its REST and GraphQL APIs say of pipelines, traces, and its webhooks."""
