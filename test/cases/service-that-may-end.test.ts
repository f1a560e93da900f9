import { sameAsCompose } from "./case.ts";

sameAsCompose("service-that-may-end", { canWait: false });
