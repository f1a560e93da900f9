FROM super-team-parity AS base
ARG VERSION
ARG WORKERS=1
ARG PARITY_BRANCH=none
ENV VERSION=$VERSION WORKERS=$WORKERS BRANCH=$PARITY_BRANCH
COPY app.txt /srv/app.txt

FROM base AS development
ENV STAGE=development

FROM base AS production
ENV STAGE=production
USER 1000
