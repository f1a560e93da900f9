import { sameAsCompose } from "./case.ts";

sameAsCompose("leading-newlines");
