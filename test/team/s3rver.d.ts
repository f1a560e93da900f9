declare module "@20minutes/s3rver" {
  import type { AddressInfo } from "node:net";

  /** A server that speaks as Amazon S3 does, as far as the tests use it. */
  export default class S3rver {
    constructor(options: {
      readonly address: string;
      /** 0 for a free one. */
      readonly port: number;
      readonly silent: boolean;
      /** Where the objects are kept. */
      readonly directory: string;
      readonly configureBuckets: readonly { readonly name: string }[];
    });
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
}
