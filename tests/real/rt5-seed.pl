# Fill a fresh Request Tracker 5 with queues, custom fields, groups, people, rights and a token: create-unless-there.
#
# Arguments: the agents' password, the file that gets the daemon's token.
use strict; use warnings;
require RT; RT->LoadConfig; RT->Init;
my ($agentpw, $tokenfile) = @ARGV;
my $su = RT->SystemUser;
sub ok { my ($what, $id, $msg) = @_; die "$what: $msg\n" unless $id; $id }

my %queue = (
  'rapid-response' => 'Down-time or data loss, 24/7',
  'level-1'        => 'Front line',
  'level-2'        => 'Account and panel administration',
  'level-3'        => 'System administration and development, back-end only',
  'sales-billing'  => 'Sales and billing',
);
for my $n (sort keys %queue) {
  my $q = RT::Queue->new($su); $q->Load($n);
  $q->id or ok("queue $n", $q->Create(Name => $n, Description => $queue{$n},
      CorrespondAddress => "$n\@hosting.test", CommentAddress => "$n-comment\@hosting.test",
      SLADisabled => 0));
}

my %cf = (
  'Incident Key' => ['FreeformSingle'],
  'Brand'        => ['FreeformSingle'],
  'Server'       => ['FreeformSingle'],
  'Account'      => ['FreeformSingle'],
  'Severity'     => ['SelectSingle', qw(critical high medium low)],
  'Support Level'=> ['SelectSingle', qw(rapid-response level-1 level-2 level-3 sales-billing)],
  'Solved At Level' => ['SelectSingle', qw(rapid-response level-1 level-2 level-3 sales-billing)],
  'CSAT'         => ['SelectSingle', 1 .. 5],
);
for my $n (sort keys %cf) {
  my ($type, @v) = @{ $cf{$n} };
  my $c = RT::CustomField->new($su);
  $c->LoadByCols(Name => $n, LookupType => 'RT::Queue-RT::Ticket');
  $c->id or ok("cf $n", $c->Create(Name => $n, Type => $type, Queue => 0, LookupType => 'RT::Queue-RT::Ticket'));
  $c->IsGlobal or ok("cf $n global", $c->AddToObject(RT::Queue->new($su)));
  # one holder per incident key: a second ticket with the same key is created WITHOUT the key,
  # so the client reads its ticket back, finds the key missing, and merges into the holder
  $n eq 'Incident Key' && !$c->UniqueValues and ok("cf $n unique", $c->SetUniqueValues(1));
  my %have = map { $_->Name => 1 } @{ $c->Values->ItemsArrayRef };
  my $i = 0;
  for (@v) { $i++; $have{$_} or ok("cf $n $_", $c->AddValue(Name => $_, SortOrder => $i)) }
}
# on a reply or a comment: marks the reply that really helped (time of useful response)
my $t = RT::CustomField->new($su);
$t->LoadByCols(Name => 'Useful', LookupType => 'RT::Queue-RT::Ticket-RT::Transaction');
$t->id or ok('cf Useful', $t->Create(Name => 'Useful', Type => 'SelectSingle', LookupType => 'RT::Queue-RT::Ticket-RT::Transaction'));
$t->IsGlobal or ok('cf Useful global', $t->AddToObject(RT::Queue->new($su)));
my %h = map { $_->Name => 1 } @{ $t->Values->ItemsArrayRef };
for (qw(yes no)) { $h{$_} or ok("cf Useful $_", $t->AddValue(Name => $_)) }

sub grant { my ($who, $on, @r) = @_;
  for (@r) { $who->HasRight(Right => $_, Object => $on) or ok("right $_", $who->GrantRight(Right => $_, Object => $on)) } }

my @agent = qw(SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail CreateTicket ReplyToTicket CommentOnTicket
  ModifyTicket OwnTicket TakeTicket StealTicket ReassignTicket Watch WatchAsAdminCc SeeCustomField ModifyCustomField
  SetInitialCustomField);
my %people = ('rapid-response' => ['dana'], 'level-1' => ['alice','albert'], 'level-2' => ['bob'], 'level-3' => ['carol'], 'sales-billing' => ['erin']);
my $tech = RT::Group->new($su); $tech->LoadUserDefinedGroup('technicians');
$tech->id or ok('group', $tech->CreateUserDefinedGroup(Name => 'technicians'));
grant($tech->PrincipalObj, RT->System, @agent);
for my $g (sort keys %people) {
  my $G = RT::Group->new($su); $G->LoadUserDefinedGroup($g);
  $G->id or ok("group $g", $G->CreateUserDefinedGroup(Name => $g));
  $tech->HasMember($G->PrincipalId) or ok("group $g in technicians", $tech->AddMember($G->PrincipalId));
  for my $n (@{ $people{$g} }) {
    my $u = RT::User->new($su); $u->Load($n);
    $u->id or ok("user $n", $u->Create(Name => $n, RealName => ucfirst $n, EmailAddress => "$n\@hosting.test", Password => $agentpw, Privileged => 1));
    $G->HasMember($u->PrincipalId) or ok("user $n in $g", $G->AddMember($u->PrincipalId));
  }
}

# customers: may open, read and answer their own tickets (no right on custom fields)
my $everyone = RT::Group->new($su); $everyone->LoadSystemInternalGroup('Everyone');
grant($everyone->PrincipalObj, RT->System, qw(CreateTicket ReplyToTicket));
my $req = RT::Group->new($su); $req->LoadRoleGroup(Object => RT->System, Name => 'Requestor');
grant($req->PrincipalObj, RT->System, qw(ShowTicket ReplyToTicket SeeQueue));

# the daemon's own account
my $bot = RT::User->new($su); $bot->Load('responder');
$bot->id or ok('responder', $bot->Create(Name => 'responder', RealName => 'Incident responder', EmailAddress => 'responder@hosting.test', Password => $agentpw, Privileged => 1));
grant($bot->PrincipalObj, RT->System, @agent, qw(ModifyOwnMembership ManageAuthTokens));
if (!-s $tokenfile) {
  my $tok = RT::AuthToken->new($su);
  my ($id, $msg, $auth) = $tok->Create(Owner => $bot->id, Description => 'incident responder daemon');
  ok('token', $id, $msg);
  umask 077; open my $f, '>', $tokenfile or die $!; print $f $auth; close $f;
}
