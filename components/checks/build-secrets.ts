import { isRemoteContext } from "../compose-spec/build.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import type { WhyUnread } from "../model/facts.ts";
import type { Model } from "../model/model.ts";

/** Secrets that a build reads: the Docker provider reads them from files of this machine, and BuildKit passes them on. */
export function buildSecrets({ build }: Service, model: Model, whyUnread: WhyUnread): Finding[] {
  return (build?.secrets ?? []).flatMap(({ source }, index) => {
    const path = `build.secrets.${index}`;
    const declared = own(model.secretFiles, source);
    if (declared === undefined) {
      const fix = suggestion(source, Object.keys(model.secretFiles));
      return [mistake("not-declared", { path, message: `secret \`${source}\` is not declared`, fix })];
    }
    if (isRemoteContext(build?.context ?? ".")) {
      const message = "`secrets` is not supported with a context that the engine gets from a URL";
      return [mistake("refused-key", { path, message, fix: "check the context out, and name its folder" })];
    }
    if (declared.file === undefined) {
      const message = `a build takes no secret \`${source}\` that is no file: the Docker provider would not find it`;
      return [mistake("refused-key", { path, message, fix: "give the secret a file" })];
    }
    const unread = whyUnread(declared.file, "file");
    if (unread === undefined) return [];
    const message = `secret \`${source}\` names the file \`${declared.file}\`, which ${unread}`;
    return [mistake("file-without-content", { path, message, fix: "create it, or correct the path" })];
  });
}
