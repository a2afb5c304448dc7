"""A finding as a document: what the API answers with and what is stored."""
