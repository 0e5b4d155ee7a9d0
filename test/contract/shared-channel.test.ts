/** The channel contract, for channels that all cores share, on one of them. */
import { type Chan, sharedChan } from "gort";
import { channelContract } from "./channel.ts";

channelContract("sharedChan", sharedChan as <T>(capacity?: number) => Chan<T>);
