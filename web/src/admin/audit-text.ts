/* An entry of the audit log as a sentence about people, and what it was about. */
import type { AuditEntry } from '../api/types';
import { dateTime } from '../ui/format';

type Said = { what: string; more: string };

/* "bea", or "bea, from the console". */
const named =
	(what: string) =>
	({ detail }: AuditEntry): Said => {
		const [who, ...from] = detail.split(', ');
		return { what: what.replace('NAME', () => who || 'somebody'), more: from.join(', ') };
	};

const verbs: Record<string, (entry: AuditEntry) => Said> = {
	'chat.delete': ({ detail }) => ({ what: 'deleted a message', more: detail }),
	'chat.mute': ({ detail }) => {
		const [, who = 'somebody', until = '0'] = /^(\S+) until_ms=(\d+)$/.exec(detail) ?? [];
		return { what: Number(until) ? `muted ${who} until ${dateTime(Number(until))}` : `let ${who} speak again`, more: '' };
	},
	'chat.slow': ({ detail }) => ({ what: detail === '0 s' ? 'ended slow mode' : `set slow mode: one message every ${detail}`, more: '' }),
	ban: ({ detail }) => {
		const [who = 'somebody', ...how] = detail.split(' ');
		return { what: how[0] === 'banned' ? `banned ${who} from a show` : `let ${who} into a show again`, more: '' };
	},
	'account.create': named('made the account NAME'),
	'account.role': named('changed the role of NAME'),
	'account.ban': named('banned NAME from the market'),
	'account.unban': named('let NAME into the market again'),
	report: ({ detail }) => ({ what: 'reported a message', more: detail }),
	'show.end': ({ detail }) => ({ what: 'ended a show', more: detail }),
	'host.approve': named('let NAME host'),
	'host.refuse': named('did not let NAME host'),
};

export function auditText(entry: AuditEntry): Said {
	return verbs[entry.verb]?.(entry) ?? { what: entry.verb, more: entry.detail };
}

/** The entry is about this show; null when it is about an account. */
export const showOf = ({ verb, object }: AuditEntry): string | null => (/^(account|host)\./.test(verb) ? null : object || null);
