# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Packages first: they change less often than the source.
COPY Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ClaudeBridge.Otlp/ClaudeBridge.Otlp.csproj src/ClaudeBridge.Otlp/
COPY src/ClaudeBridge/ClaudeBridge.csproj src/ClaudeBridge/
ARG TARGETARCH
RUN arch=$([ "$TARGETARCH" = arm64 ] && echo arm64 || echo x64) \
    && dotnet restore src/ClaudeBridge -r "linux-$arch" -p:PublishReadyToRun=true

COPY appsettings.json ./
COPY src/ src/
RUN arch=$([ "$TARGETARCH" = arm64 ] && echo arm64 || echo x64) \
    && dotnet publish src/ClaudeBridge -c Release -r "linux-$arch" --no-restore --self-contained false -p:PublishReadyToRun=true -o /app

# glibc, not musl: the SQLite library is built for it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app
RUN mkdir /data && chown "$APP_UID" /data && ln -s /app/claudebridge /usr/local/bin/claudebridge

# Every interface of the container. Without API_KEY the bridge refuses to start like this, and says so.
ENV OTLP_RECEIVER_HOST=* \
    CLAUDEBRIDGE_DATA=/data \
    DOTNET_gcServer=0 \
    DOTNET_TieredPGO=0 \
    DOTNET_EnableDiagnostics=0

USER $APP_UID
VOLUME /data
EXPOSE 4317 4318 4319
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["claudebridge", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["claudebridge"]
CMD ["run"]
