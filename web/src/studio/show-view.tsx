/* One show in its host's hands: prepare with the camera's preview, go live, run it, end it. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get, post } from '../api/http';
import { Room } from '../api/room';
import { account } from '../api/session';
import type { Item, Show } from '../api/types';
import { Publisher } from '../media/publish';
import { explain } from '../text/codes';
import { useAction } from '../ui/action';
import { navigate, setTitle } from '../ui/router';
import { loadClaims } from './desk';
import { OnAir } from './on-air';
import { followOwnShow } from './own-show';
import { Prepare } from './prepare';
import { Preview } from './preview';
import { useWakeLock } from './wake-lock';

export function ShowView({ id }: { id: string }): JSX.Element {
	const { room, publisher } = useMemo(() => ({ room: new Room(id), publisher: new Publisher() }), [id]);
	const [failure, setFailure] = useState('');
	const starting = useAction();
	const show = room.show.value;
	const live = show?.state === 'live';
	const onAir = live && publisher.state.value !== 'off';
	useEffect(() => setTitle(show?.title ?? 'Studio'), [show?.title]);
	useEffect(() => {
		void loadHostView(room).catch((error) => setFailure(explain(error)));
		let opened = false;
		const stop = room.onJoined(() => {
			/* The camera is for one's own show alone. */
			if (room.role.peek() !== 'host') return;
			if (!opened && room.show.peek()?.state !== 'ended') void publisher.open();
			opened = true;
			void loadClaims(room);
		});
		const unfollow = followOwnShow(room);
		return () => {
			stop();
			unfollow();
			publisher.close();
			room.close();
		};
	}, [room, publisher]);
	useEffect(() => {
		if (show?.state === 'ended') publisher.close();
	}, [show?.state, publisher]);
	useWakeLock(onAir);
	/* Closing the tab by mistake must not take the show off air. */
	useEffect(() => {
		if (!onAir) return undefined;
		const ask = (event: BeforeUnloadEvent): void => {
			event.preventDefault();
			event.returnValue = ''; /* Safari asks only then */
		};
		addEventListener('beforeunload', ask);
		return () => removeEventListener('beforeunload', ask);
	}, [onAir]);

	const goLive = async (): Promise<void> => {
		if (!publisher.stream.value && !(await publisher.open())) return;
		const started = await post<{ show: Show }>(`/api/v1/shows/${id}/start`);
		room.setShow(started.show);
		publisher.start(id);
	};
	const end = async (): Promise<void> => {
		const { show: ended } = await post<{ show: Show }>(`/api/v1/shows/${id}/end`);
		publisher.close();
		room.setShow(ended);
	};
	const foreign = show !== null && show.host.id !== account.value?.id;
	if (room.state.value === 'missing' || foreign || failure) {
		return (
			<main class="page narrow message">
				<h1>{foreign ? 'This is somebody else’s show.' : failure || 'There is no such show.'}</h1>
				{foreign && (
					<a class="button" href={`/s/${id}`}>
						Watch it
					</a>
				)}
				<a class="button primary" href="/studio">
					Back to the studio
				</a>
			</main>
		);
	}
	return (
		<main class={`host ${onAir ? 'on-air' : ''}`}>
			<Preview publisher={publisher} room={room} onAir={onAir} />
			{show && onAir && <OnAir room={room} publisher={publisher} onEnd={end} />}
			{show && !onAir && (
				<Prepare
					room={room}
					publisher={publisher}
					action={starting}
					onGoLive={() => void starting.run(goLive)}
					onEnd={end}
					onLeave={() => navigate('/studio')}
				/>
			)}
		</main>
	);
}

/* The room's snapshot is what every viewer gets; HTTP alone gives the host the publish key. */
async function loadHostView(room: Room): Promise<void> {
	const { show, items } = await get<{ show: Show; items: Item[] }>(`/api/v1/shows/${room.id}`);
	room.setShow(show);
	for (const item of items) room.setItem(item);
}
