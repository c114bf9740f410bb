/* The STUN and TURN servers that the server told of last: with `join`, so that they are known before anything is
 * offered, and with each answer. Credentials for TURN last for a while only, so the newest count. */
let newest: RTCIceServer[] = [];

export function setIceServers(servers: RTCIceServer[] | undefined): void {
	if (servers) newest = servers;
}

export const iceServers = (): RTCIceServer[] => newest;
