import * as pulumi from "@pulumi/pulumi";
import { Project } from "pulumi-compose";
import { nameOnTheEngine, parityProjects } from "../projects.ts";

/** Tells apart what the projects have under one name: a resource is known by its parents' types. */
class ParityProject extends pulumi.ComponentResource {
  constructor(name: string) {
    super(`super-team:parity:${name}`, name);
    this.registerOutputs({});
  }
}

/** Why a project was not brought up, by its name. */
export const refused: Record<string, string> = {};

const only = (process.env.PARITY_PROJECTS ?? "").split(",").filter((name) => name !== "");
for (const project of parityProjects(only)) {
  const { name, directory, files, profiles, environment } = project;
  try {
    new Project(
      nameOnTheEngine(project),
      { directory, tiers: [{ name, files, profiles, environment }], keepVolumes: false },
      { parent: new ParityProject(name) },
    );
  } catch (error) {
    // One that is refused must not hide what becomes of the others.
    if (!(error instanceof pulumi.RunError)) throw error;
    refused[name] = error.message;
  }
}
