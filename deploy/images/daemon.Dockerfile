# docker build --file deploy/images/daemon.Dockerfile --tag release-daemon .
#
# What is installed from Debian stands in system-packages-daemon.txt, what lies in /app is made by tools/image/assemble-app.ts:
# the tests put the same two together without Docker and start the result under the limits below.
FROM node:24.21.0-bookworm-slim AS app
WORKDIR /src
COPY . .
RUN npm ci --no-audit --no-fund && node tools/image/assemble-app.ts daemon /image/app

FROM debian:bookworm-slim
COPY deploy/images/system-packages-daemon.txt /tmp/packages
RUN apt-get update \
  && xargs apt-get install --yes --no-install-recommends < /tmp/packages \
  && rm -rf /var/lib/apt/lists/* /tmp/packages \
  && useradd --uid 65532 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin release \
  && install --directory --owner=65532 --group=65532 --mode=0700 /data
COPY --from=app /image/app /app
# Runs with a read-only root; it writes to DATA_DIR and /tmp only.
ENV DATA_DIR=/data HOME=/tmp
VOLUME /data
USER 65532:65532
WORKDIR /data
# With the young generation of its heap this small it stays below 150 MB with 5,000 workloads (docs/daemon.md).
ENTRYPOINT ["/app/bin/node", "--max-semi-space-size=2", "/app/services/daemon/src/main.ts"]
