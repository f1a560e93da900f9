/** Super Agent Team: what `pulumi up` in this folder brings up. */
export { gatewayUrl, routes, services } from "./systems/super-agent-team/index.ts";
