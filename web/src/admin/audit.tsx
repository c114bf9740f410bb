/* Who did what, newest first; older entries on request. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { AuditEntry } from '../api/types';
import { useAction } from '../ui/action';
import { dateTime } from '../ui/format';

const verbs: Record<string, string> = {
	'chat.delete': 'deleted a message',
	'chat.mute': 'muted somebody',
	'chat.slow': 'set slow mode',
	ban: 'banned somebody',
	report: 'reported a message',
	'show.end': 'ended a show',
	'host.approve': 'approved a host',
	'host.refuse': 'refused a host',
};

/* Times are for people; ids stay, to be looked up. */
const readable = (detail: string): string =>
	detail.replace(/until_ms=(\d+)/g, (_, ms: string) => (Number(ms) ? `until ${dateTime(Number(ms))}` : 'taken back')).replace(/_/g, ' ');

export function AuditLog(): JSX.Element {
	const [entries, setEntries] = useState<AuditEntry[] | null>(null);
	const [more, setMore] = useState(true);
	const action = useAction();
	const load = (before?: string): Promise<void> =>
		action.run(async () => {
			const page = await get<{ entries: AuditEntry[] }>(`/api/v1/admin/audit${before ? `?before=${encodeURIComponent(before)}` : ''}`);
			setEntries([...(before ? (entries ?? []) : []), ...page.entries]);
			setMore(page.entries.length > 0);
		});
	useEffect(() => void load(), []);
	const last = entries?.[entries.length - 1];
	return (
		<>
			<h1>Audit log</h1>
			<p class="error" role="alert">
				{action.error}
			</p>
			{entries?.length === 0 && <p class="empty">Nothing has happened yet.</p>}
			<ul class="rows audit" data-testid="audit">
				{entries?.map((entry) => (
					<li key={entry.id} class="row">
						<span class="row-text">
							<b>
								{entry.actor?.username ?? 'The server'} {verbs[entry.verb] ?? entry.verb}
							</b>
							{entry.detail && <span>{readable(entry.detail)}</span>}
							<code>{entry.object}</code>
						</span>
						<time dateTime={new Date(entry.at_ms).toISOString()}>{dateTime(entry.at_ms)}</time>
					</li>
				))}
			</ul>
			{last && more && (
				<button type="button" disabled={action.busy} onClick={() => void load(last.id)}>
					Older entries
				</button>
			)}
		</>
	);
}
