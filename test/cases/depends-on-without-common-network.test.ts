import { sameAsCompose } from "./case.ts";

sameAsCompose("depends-on-without-common-network");
