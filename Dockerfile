# Two stages: the first builds the virtual environment, the second holds what runs and nothing else.
# The tags of the base images are not pinned by digest: `.install/pin-images` does that where a registry answers.
# TORCH=cuda takes the build for NVIDIA GPUs, some gigabytes more.

FROM python:3.11-slim-bookworm AS build
ARG TORCH=cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/venv
COPY .install/install.py requirements*.lock ./
RUN /opt/venv/bin/python install.py requirements.lock --torch "$TORCH"

FROM python:3.11-slim-bookworm
# Pango draws the text of PDF reports. Debian keeps one version of it in a release: no pin would outlive it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home thumper \
    && install -d -o thumper -g thumper /srv/thumper /srv/thumper/static \
        /srv/thumper/media /srv/thumper/exports /srv/thumper/models
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY thumper thumper
COPY exports exports
COPY reid reid
COPY analysis analysis
COPY templates templates
# The root file system is read-only in docker-compose.yml: what libraries keep for themselves goes to /tmp.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_WAIT_POLICY=PASSIVE \
    XDG_CACHE_HOME=/tmp/cache \
    MPLCONFIGDIR=/tmp/matplotlib \
    THUMPER_HOME=/srv/thumper
# Collected at build time with throw-away values: static files depend on none of them.
RUN THUMPER_HOME=/tmp/build STATIC_ROOT=/srv/thumper/static THUMPER_MODE=production \
        SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        ALLOWED_HOSTS=build.invalid REDIS_URL=redis://build.invalid/0 \
        python manage.py collectstatic --noinput \
    && rm -rf /tmp/build \
    && chown -R thumper:thumper /srv/thumper
USER 10001
# A new volume takes its owner from the folder in the image: without one it would be root's.
VOLUME /srv/thumper/media /srv/thumper/exports /srv/thumper/models
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["gunicorn", "thumper.wsgi", "-c", "python:thumper.runtime.web_server", "--bind", "0.0.0.0:8000"]
