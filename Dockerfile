FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# What is optional for others the image has: it is a worker, and may be a simulator. The lockfile says which versions.
RUN npm pkg set --json "dependencies=$(node --print \
    'const { dependencies, peerDependencies } = require("./package.json"); JSON.stringify({ ...dependencies, ...peerDependencies })')" \
  && npm pkg delete devDependencies \
  && npm prune --ignore-scripts \
  # The SDK brings its native core for five systems, 30 MB each; one of them is ours.
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:22-bookworm-slim
# The SDK's native core looks for the system's certificates even where no TLS is used.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title=Mooring org.opencontainers.image.licenses=Apache-2.0
WORKDIR /app
ENV NODE_ENV=production
COPY LICENSE ./
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY deploy/door.mjs deploy/health.mjs ./deploy/
USER node
# A worker that stands still is up; what it serves beside its metrics tells. Liveness, not readiness: while OVH or Temporal is
# away, another container would do no better.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "deploy/health.mjs"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["worker"]
