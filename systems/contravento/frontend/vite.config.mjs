// @ts-check
// Its cache may not lie beside the sources: these are mounted read-only.
export default {
  cacheDir: "/tmp/vite",
  server: {
    host: "0.0.0.0",
    port: 5173,
    strictPort: true,
    proxy: { "/api": "http://backend:8000" },
  },
};
