#!/bin/bash
# Stand up a throw-away Request Tracker 5 on 127.0.0.1, with the queues, people and rights of a small hosting company.
#
#   rt5.sh prepare   write the configuration, the database, the seed and RT5_DIR/env (what is there already stays)
#   rt5.sh serve     run the server in the foreground until it is told to stop
#   rt5.sh           both
#
# Environment: RT5_DIR (required; everything is written there and nowhere else), RT5_PORT=8085.
# The packages come from parts.sh.
set -euo pipefail

cmd=${1:-up}
case $cmd in prepare | serve | up) ;; *) echo "usage: $0 [prepare|serve]" >&2; exit 2 ;; esac
mkdir -p "${RT5_DIR:?name a folder for this Request Tracker}"
DIR=$(readlink -f "$RT5_DIR")
PORT=${RT5_PORT:-8085}
ROOT_PASSWORD=root-dev-only
AGENT_PASSWORD=agent-dev-only
chmod 700 "$DIR"
export RT_SITE_CONFIG="$DIR/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$DIR/empty.d"
export RT5_DIR_ABS="$DIR" PERL5OPT="-I$DIR/lib -MThrowAwayPaths"

quietly() { # LOG COMMAND...: the log is shown only when the command fails
    local log=$1
    shift
    "$@" >"$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }
}

# BcryptCost: RT checks the token on every request; its default of 12 costs 0.2 s each time.
# MailCommand mbox: mails become files in RT5_DIR.
write_configuration() {
    mkdir -p "$DIR"/{empty.d,lib,mason,session,log}
    cat >"$RT_SITE_CONFIG" <<CFG
use utf8;
Set(\$rtname, 'hosting.test');
Set(\$Organization, 'hosting.test');
Set(\$CorrespondAddress, 'support\@hosting.test');
Set(\$CommentAddress, 'support-comment\@hosting.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $PORT);
Set(\$WebPath, '');
Set(\$WebBaseURL, 'http://127.0.0.1:$PORT');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$DIR/rt5.sqlite');
Set(\$Timezone, 'UTC');
Set(\$BcryptCost, 4);
Set(\$MailCommand, 'mbox');
Set(\$LogToSyslog, undef);
Set(\$LogToSTDERR, 'warning');
Set(\$LogToFile, 'info');
Set(\$LogDir, '$DIR/log');
Set(\$LogToFileNamed, 'rt.log');
Set(\$WebSessionClass, 'Apache::Session::File');
Set(%WebSessionProperties, Directory => '$DIR/session', LockDirectory => '$DIR/session');
Set(%PriorityAsString, Default => [ Low => 10, Medium => 40, High => 70, Critical => 100 ]);
Set(%ServiceAgreements,
    Default => 'medium',
    Levels  => {
        critical => { Response => { RealMinutes => 15   }, Resolve => { RealMinutes => 240     } },
        high     => { Response => { RealMinutes => 60   }, Resolve => { RealMinutes => 60 * 8  } },
        medium   => { Response => { RealMinutes => 240  }, Resolve => { RealMinutes => 60 * 24 } },
        low      => { Response => { RealMinutes => 1440 }, Resolve => { RealMinutes => 60 * 48 } },
    },
);
1;
CFG
    # The packaged paths under /var are only used for mails, Mason objects and sessions; this points them into RT5_DIR.
    cat >"$DIR/lib/ThrowAwayPaths.pm" <<'PM'
package ThrowAwayPaths;
use strict; use warnings;
BEGIN { unshift @INC, '/usr/share/request-tracker5/lib'; }
require RT;
{ no warnings 'once';
  $RT::VarPath         = $ENV{RT5_DIR_ABS};
  $RT::MasonDataDir    = "$ENV{RT5_DIR_ABS}/mason";
  $RT::MasonSessionDir = "$ENV{RT5_DIR_ABS}/session";
  $RT::LogDir          = "$ENV{RT5_DIR_ABS}/log"; }
1;
PM
}

# Built beside and renamed, so that an interrupted run leaves no half database. WAL: readers do not block the writer.
create_database() {
    [ -s "$DIR/rt5.sqlite" ] && return
    rm -f "$DIR/init.sqlite"
    (umask 077 && printf '%s' "$ROOT_PASSWORD" >"$DIR/rootpw")
    sed "s#$DIR/rt5.sqlite#$DIR/init.sqlite#" "$RT_SITE_CONFIG" >"$DIR/RT_InitConfig.pm"
    RT_SITE_CONFIG="$DIR/RT_InitConfig.pm" quietly "$DIR/init.log" /usr/sbin/rt-setup-database-5 \
        --action init --skip-create --root-password-file "$DIR/rootpw"
    mv "$DIR/init.sqlite" "$DIR/rt5.sqlite"
    perl -MDBI -e 'DBI->connect("dbi:SQLite:dbname=$ARGV[0]", "", "", {RaiseError => 1})->do("PRAGMA journal_mode=WAL")' \
        "$DIR/rt5.sqlite"
}

write_env() {
    (umask 077 && cat >"$DIR/env") <<ENV
RT_URL=http://127.0.0.1:$PORT
RT_TOKEN=$(cat "$DIR/token")
RT_USER=responder
RT_AGENTS="alice albert bob carol dana erin"
RT_AGENT_PASSWORD=$AGENT_PASSWORD
RT_ROOT_PASSWORD=$ROOT_PASSWORD
ENV
}

prepare() {
    write_configuration
    create_database
    quietly "$DIR/seed.log" perl "$(dirname "$(readlink -f "$0")")/rt5-seed.pl" "$AGENT_PASSWORD" "$DIR/token"
    write_env
}

serve() {
    exec perl /usr/share/request-tracker5/libexec/rt-server --host 127.0.0.1 --port "$PORT" \
        --max-workers 2 --access-log "$DIR/log/access.log"
}

[ "$cmd" = serve ] || prepare
[ "$cmd" = prepare ] || serve
