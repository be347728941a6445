# The backup sidecar: nginx, the supervisor, all programs and Litestream, as a user without rights, over one volume.
# `make image` builds it, `make test-image` runs it; docker-compose.yml shows it beside an app.
FROM litestream/litestream:0.3 AS litestream

# ---- What is built ----------------------------------------------------------------------------------------------

FROM debian:bookworm-slim AS build
WORKDIR /build
COPY packages.txt ./
COPY tests/install-packages tests/
RUN tests/install-packages build
COPY --from=litestream /usr/local/bin/litestream /usr/local/bin/
COPY . .
# What npm has to fetch comes with the folder if `make` has fetched it there (.dockerignore), otherwise npm fetches it.
RUN if test -e node_modules/.installed; then touch node_modules/.installed; else tests/install-packages page; fi
RUN make -j2 install-site DESTDIR=/installed CFLAGS=-O2 LDFLAGS=-s

# ---- What is run ------------------------------------------------------------------------------------------------

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="camera-sheet-backup" \
      org.opencontainers.image.description="Backups of a SQLite application, taken and restored while it runs" \
      org.opencontainers.image.licenses="MIT"

# Nothing in it needs the rights of another user than the one that starts it (chmod a-s).
COPY packages.txt tests/install-packages /tmp/packages/tests/
RUN mv /tmp/packages/tests/packages.txt /tmp/packages/ && /tmp/packages/tests/install-packages run && \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} + && \
    rm -rf /tmp/packages /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log \
        /var/lib/nginx /var/log/nginx /var/log/supervisor
COPY --from=build /installed/ /
# A new named volume begins as the folder that it is mounted over: it belongs to this user, too. Whatever user a pod gives
# the container instead needs nothing else.
RUN groupadd --gid 10001 backup-site && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin backup-site && \
    install -d -o 10001 -g 10001 -m 750 /data /replica /run/camera-sheet-backup

ENV PATH=/usr/local/lib/camera-sheet-backup:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    RUN_DIR=/run/camera-sheet-backup \
    LISTEN=0.0.0.0 \
    PORT=8080
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# A restore that runs is finished first: give it the time (docker run --stop-timeout, stop_grace_period).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["sh", "-c", "exec curl --fail --silent --show-error --max-time 4 --output /dev/null --unix-socket \"$RUN_DIR/sockets/probes.sock\" http://localhost/api/health"]
CMD ["serve.sh"]
