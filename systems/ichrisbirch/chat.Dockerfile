# The chat's image, on one that has Streamlit.
FROM super-team/streamlit:1.67.0 AS base
RUN useradd --uid 10001 --create-home appuser
ENV PYTHONDONTWRITEBYTECODE=1 \
    STREAMLIT_SERVER_PORT=8505 \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none
WORKDIR /app
EXPOSE 8505
CMD ["streamlit", "run", "ichrisbirch/chat/main.py"]

# The source is mounted on /app.
FROM base AS development

FROM base AS production
COPY ichrisbirch ichrisbirch
USER appuser
