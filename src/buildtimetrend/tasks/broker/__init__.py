"""Tasks by way of a broker: messages with their ids, and the Celery workers that take them."""
