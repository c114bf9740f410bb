#!/bin/sh
# Stands in for trunkshow-pipeline where a test is about what the server does with recordings and not about pictures:
# --show records half a second of nothing twice a second, --clip makes a movie of a header alone. What it is asked to cut
# it writes into clips.log beside the recordings; a file `full` there makes the disk full, a file `broken` clips fail.
record=''
while [ $# -gt 0 ]; do
	case "$1" in
	--show | --clip) mode="$1" ;;
	--record) record="$2" && shift ;;
	--spool) spool="$2" && shift ;;
	--from) from="$2" && shift ;;
	--to) to="$2" && shift ;;
	--out) out="$2" && shift ;;
	--poster) poster="$2" && shift ;;
	--*) shift ;;
	esac
	shift
done

number() { # as four bytes
	for shift in 24 16 8 0; do
		# shellcheck disable=SC2059
		printf "\\$(printf %o $((($1 >> shift) & 255)))"
	done
}

if [ "$mode" = --clip ]; then
	folder=$(dirname "$record")
	echo "begin $from $to" >>"$folder/clips.log"
	sleep 0.2
	echo end >>"$folder/clips.log"
	[ -e "$folder/broken" ] && exit 2
	{
		printf '\000\000\000\020ftypisom\000\000\000\000\000\000\000\164moov\000\000\000\154mvhd'
		head -c 12 /dev/zero
		number 1000
		number $(((to - from) / 1000))
		head -c 80 /dev/zero
	} >"$out"
	printf '\377\330\377poster' >"$poster"
	exit 0
fi

# What the server says is taken as it comes; the file it leaves ends the recording.
off="$spool/off"
rm -f "$off"
(while words=$(dd bs=4096 count=1 2>/dev/null <&4) && [ -n "$words" ]; do
	case "$words" in *"record off"*) : >"$off" ;; esac
done) &
trap 'kill $!; exit 0' TERM
epoch=$(date +%s%N | cut -c 3-18)
segment=0
hello="hello epoch=$epoch
track name=v0 init=0 kind=video codecs=avc1.42e01f width=720 height=1280 fps_milli=30000 bitrate=900000
track name=a0 init=0 kind=audio codecs=mp4a.40.2 rate=48000 channels=2 bitrate=96000"
printf '%s\n' "$hello" >&4
if [ -n "$record" ]; then
	[ -z "$(tail -c 1 "$record/journal" 2>/dev/null)" ] || echo >>"$record/journal" # the one before was killed
	printf '%s\n' "$hello" >>"$record/journal"
	printf 'init of v0' >"$record/$epoch-v0-i0.mp4"
	printf 'init of a0' >"$record/$epoch-a0-i0.mp4"
fi
while echo "status frames=$segment video_packets=0 dropped=0 cpu_us=0" >&4; do
	start=$(($(date +%s%N) / 1000))
	sleep 0.5
	if [ -n "$record" ] && [ -e "$record/../full" ]; then
		echo "problem code=disk_full detail=no%20space" >&4
		record=''
	fi
	[ -e "$off" ] && record=''
	[ -n "$record" ] || continue
	for track in v0 a0; do
		head -c 20000 /dev/zero >"$record/$epoch-$track-$segment.m4s"
		echo "part track=$track segment=$segment part=0 init=0 offset=0 bytes=20000 start_us=$start duration_us=500000 independent=1 discontinuity=0
segment track=$track segment=$segment parts=1 bytes=20000 start_us=$start duration_us=500000 discontinuity=0" >>"$record/journal"
	done
	segment=$((segment + 1))
done
kill $!
