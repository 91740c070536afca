# sshd.sh - an ssh server of a test's own, for the user who tests; read after
# tests/lib.sh

# sshd_start - serves on a port of 127.0.0.1; from here on `ssh` is one that
# knows it, and has the key that it takes. Sets $sshd_port.
sshd_start()
{
	local user

	user=$(id -un)
	[ -x /usr/sbin/sshd ] || skip "needs the package openssh-server"
	mkdir -p "$TMPDIR/bin" "$TMPDIR/sshd"
	ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/sshd/host"
	ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/sshd/user"
	cp "$TMPDIR/sshd/user.pub" "$TMPDIR/sshd/authorized"
	sshd_port=$(free_port)
	cat >"$TMPDIR/sshd/config" <<-END
		ListenAddress 127.0.0.1
		Port $sshd_port
		HostKey $TMPDIR/sshd/host
		AuthorizedKeysFile $TMPDIR/sshd/authorized
		PidFile none
		UsePAM no
		StrictModes no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		SetEnv "PATH=$PATH"
	END
	# where it drops its rights it wants a directory of the system's
	if [ "$(id -u)" = 0 ]; then
		unshare -m sh -c 'mount -t tmpfs none /run &&
			mkdir -m 755 /run/sshd && exec "$@"' sh \
			/usr/sbin/sshd -D -e -f "$TMPDIR/sshd/config" \
			2>"$TMPDIR/sshd/log" &
	else
		/usr/sbin/sshd -D -e -f "$TMPDIR/sshd/config" \
			2>"$TMPDIR/sshd/log" &
	fi
	sshd=$!
	seen 60 'Server listening' "$TMPDIR/sshd/log"
	echo "[127.0.0.1]:$sshd_port $(cat "$TMPDIR/sshd/host.pub")" \
		>"$TMPDIR/sshd/known"
	cat >"$TMPDIR/sshd/client" <<-END
		IdentityFile $TMPDIR/sshd/user
		IdentitiesOnly yes
		IdentityAgent none
		User $user
		UserKnownHostsFile $TMPDIR/sshd/known
		GlobalKnownHostsFile none
		StrictHostKeyChecking yes
	END
	cat >"$TMPDIR/bin/ssh" <<-END
		#!/bin/sh
		exec /usr/bin/ssh -F "$TMPDIR/sshd/client" "\$@"
	END
	chmod 755 "$TMPDIR/bin/ssh"
	PATH=$TMPDIR/bin:$PATH
}

# sshd_stop - nobody gets in any more; who is in stays
sshd_stop()
{
	kill "$sshd"
	wait "$sshd" || :
}
