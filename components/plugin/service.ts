import { status, type sendUnaryData, type ServerUnaryCall, type ServiceDefinition } from "@grpc/grpc-js";
import about from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { differingKeys, type NetworkInputs } from "../engine/network-inputs.ts";
import { Unreachable } from "../engine/ssh.ts";

/** What Pulumi asks of a plugin. */
export const service = rpc.ResourceProviderService as unknown as ServiceDefinition;

type Handler<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
) => void;

/**
 * The answers of the plugin, for the one kind of resource that it has. The engine changes nothing of a network: by its id,
 * a network is there as it was made, or is gone. So each difference makes the network anew, and a refresh asks for the id.
 * Pulumi takes what is not answered here for what a plugin need not do.
 */
export function networkService() {
  let engine: string | undefined;
  // Not before something is asked of the engine: a preview works without an engine, and Pulumi waits for the plugin's
  // start, of which the engine's client would be half.
  const onEngine = async () => {
    const { workOnEngine } = await import("../engine/engine.ts");
    if (engine !== undefined) workOnEngine(engine);
    engine = undefined;
    return import("../engine/networks.ts");
  };
  return {
    getPluginInfo: answer(() => new about.PluginInfo()),
    checkConfig: answer(accept),
    diffConfig: answer(() => new messages.DiffResponse()),
    configure: answer((request: messages.ConfigureRequest) => {
      const inputs = request.getArgs()?.toJavaScript() as { readonly engine?: string } | undefined;
      engine = inputs?.engine;
      const response = new messages.ConfigureResponse();
      // A preview is told of a network's name, which its containers have.
      response.setSupportspreview(true);
      return response;
    }),
    check: answer(accept),
    diff: answer((request: messages.DiffRequest) => {
      const different = differingKeys(inputsIn(request.getOldInputs()), inputsIn(request.getNews()));
      const { DIFF_NONE: none, DIFF_SOME: some } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse();
      response.setChanges(different.length === 0 ? none : some);
      response.setDiffsList(different);
      response.setReplacesList(different);
      return response;
    }),
    create: answer(async (request: messages.CreateRequest) => {
      const response = new messages.CreateResponse();
      const inputs = request.getProperties();
      response.setProperties(inputs);
      if (request.getPreview()) return response;
      const { createNetwork } = await onEngine();
      response.setId(await createNetwork(inputsIn(inputs)));
      return response;
    }),
    read: answer(async (request: messages.ReadRequest) => {
      const { hasNetwork } = await onEngine();
      const response = new messages.ReadResponse();
      // No id stands for a resource that is gone.
      if (!(await hasNetwork(request.getId()))) return response;
      response.setId(request.getId());
      response.setProperties(request.getProperties());
      response.setInputs(request.getInputs());
      return response;
    }),
    delete: answer(async (request: messages.DeleteRequest) => {
      const { removeUnusedNetwork } = await onEngine();
      await removeUnusedNetwork(request.getId());
      return nothing();
    }),
    attach: answer(nothing),
    cancel: answer(nothing),
  };
}

function inputsIn(properties: ReturnType<messages.CreateRequest["getProperties"]>): NetworkInputs {
  return (properties?.toJavaScript() ?? {}) as unknown as NetworkInputs;
}

/** The empty answer, of the very class that Pulumi's SDK expects, whichever copies of packages there are. */
function nothing(): unknown {
  return rpc.ResourceProviderService.delete.responseDeserialize(Buffer.alloc(0));
}

function accept(request: messages.CheckRequest): messages.CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

/** Pulumi shows an error by its words, beside the network's name. */
function answer<Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
): Handler<Request, Response> {
  return ({ request }, callback) => {
    Promise.resolve(request)
      .then(work)
      .then(
        (response) => {
          callback(null, response);
        },
        async (error: unknown) => {
          callback({ code: status.UNKNOWN, details: await wordsOf(error) });
        },
      );
  };
}

async function wordsOf(error: unknown): Promise<string> {
  const { messageOf } = await import("../engine/engine.ts");
  return messageOf(error) + (error instanceof Unreachable ? `. ${error.advice}` : "");
}
