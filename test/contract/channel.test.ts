/** The channel contract, for channels of one thread. */
import { chan } from "gort";
import { channelContract } from "./channel.ts";

channelContract("chan", chan);
