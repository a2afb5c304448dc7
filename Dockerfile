# The service and its worker: `serve` by default, `worker` as the command.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/buildtimetrend \
    && /opt/buildtimetrend/bin/pip install --require-hashes -r requirements/run.txt \
    && python -m venv tools \
    && tools/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
# With the pinned build tools, which stay behind.
RUN tools/bin/pip wheel --no-build-isolation --no-deps --wheel-dir dist . \
    && /opt/buildtimetrend/bin/pip install --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/buildtimetrend --create-home buildtimetrend \
    && mkdir /etc/buildtimetrend
COPY --from=build /opt/buildtimetrend /opt/buildtimetrend
ENV PATH=/opt/buildtimetrend/bin:$PATH \
    BUILDTIMETREND_CONTAINER=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/var/lib \
    BTT_HOST=0.0.0.0
# config_service.yml, if there is one, lies here.
WORKDIR /etc/buildtimetrend
USER buildtimetrend
VOLUME /var/lib/buildtimetrend
EXPOSE 5000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + (os.environ.get('PORT') or '5000') + '/readyz', timeout=4)"]
ENTRYPOINT ["buildtimetrend"]
CMD ["serve"]
