# Fill a Request Tracker 5 with tickets of ours and what people did to them, eleven transactions each.
#
# Argument: how many tickets. Prints the number and the key of each. No mails are sent.
use strict; use warnings;
require RT; RT->LoadConfig; RT->Init;
require RT::Scrips;
{ no warnings 'redefine'; *RT::Scrips::Prepare = sub { 1 }; *RT::Scrips::Commit = sub { 1 }; }
my ($count) = @ARGV;
sub user { my $u = RT::CurrentUser->new; $u->Load($_[0]); $u->id or die "no user $_[0]\n"; $u }
my ($dana, $bot) = (user('dana'), user('responder'));
my $queue = RT::Queue->new(RT->SystemUser); $queue->Load('rapid-response');
my $field = RT::CustomField->new(RT->SystemUser);
$field->LoadByCols(Name => 'Incident Key', LookupType => 'RT::Queue-RT::Ticket');
RT->DatabaseHandle->BeginTransaction;
for my $n (1 .. $count) {
  my $key = "backlog-$$-$n/ticket";
  my $ours = RT::Ticket->new($bot);
  my ($id, undef, $said) = $ours->Create(
    Queue => $queue->id, Subject => "web$n is down", 'CustomField-' . $field->id => $key,
    MIMEObj => MIME::Entity->build(Type => 'text/plain', Data => ["web$n does not answer\n"]));
  $id or die $said;
  my $hers = RT::Ticket->new($dana); $hers->Load($id);
  $ours->Comment(Content => "Page sent to dana.\n\nref-0123456789abcdef\n");
  $hers->SetOwner($dana->id);
  $hers->Correspond(Content => "We are on it. $n\n");
  $hers->Comment(Content => "The disk is full. $n\n");
  $hers->SetPriority(70);
  $hers->SetStatus('resolved');
  $ours->Comment(Content => "It answers again.\n\nref-0123456789abcdee\n");
  print "$id $key\n";
}
RT->DatabaseHandle->Commit;
