# Rapid Responder in a container.
#
#   docker build -t rapid-responder .
#   docker run --read-only --tmpfs /tmp --cap-drop=ALL --security-opt=no-new-privileges --pids-limit 256 --memory 1g \
#     -v responder-data:/data -v ./responder:/etc/responder:ro -p 9095:9095 rapid-responder
#
# In the configuration: `listen: "0.0.0.0:9095"`, `store: "sqlite:////data/responder.db"`. Ping needs no capability where
# the host's sysctl net.ipv4.ping_group_range allows group 65532.

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-dev.lock ./
RUN python -m venv --without-pip /opt/rapid-responder \
    && pip --python /opt/rapid-responder install --no-cache-dir --require-hashes -r requirements.lock \
    && pip install --no-cache-dir --require-hashes -r requirements-dev.lock
COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/rapid-responder install --no-index --no-deps /wheels/*.whl \
    && install -d -o 65532 -g 65532 -m 0700 /data

FROM python:3.13-slim
COPY --from=build /opt/rapid-responder /opt/rapid-responder
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
VOLUME ["/data"]
EXPOSE 9095
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/opt/rapid-responder/bin/python", "-c", "import http.client, sys; ask = http.client.HTTPConnection('127.0.0.1', 9095, timeout=4); ask.request('GET', '/-/ready'); sys.exit(ask.getresponse().status != 200)"]
ENTRYPOINT ["/opt/rapid-responder/bin/responder"]
CMD ["run", "-c", "/etc/responder/responder.yaml"]
