/**
 * The one error class and the closed table of its codes. Expected outcomes (a gate denies, a person refuses) are
 * values, not errors. The page docs/reference/errors.md is generated from this table.
 */

interface ErrorEntry {
  /** What went wrong, one sentence. */
  readonly says: string;
  /** What the reader should do next. */
  readonly help: string;
}

const table = {
  ARGUMENT_INVALID: {
    says: 'An argument on the command line or in a call is not acceptable.',
    help: 'Read the message for the accepted values, or run the command with --help.',
  },
  CONFIG_INVALID: {
    says: 'cohortium.yaml or a registry file does not have the expected shape.',
    help: 'Fix the places named as file:line:column; `cohortium doctor` checks them all again.',
  },
  CONFIG_NOT_FOUND: {
    says: 'No operator directory was found.',
    help: 'Run `cohortium init` in an empty directory, or pass --dir.',
  },
  CSV_COLUMN_MISSING: {
    says: 'A column named in the import map is not in the file header.',
    help: 'Correct the column name in the map; nothing was imported.',
  },
  CSV_EMPTY: { says: 'The file holds no rows.', help: 'Check the path and the export that made it; nothing was imported.' },
  CSV_ENCODING: {
    says: 'A line is not valid UTF-8.',
    help: 'Re-export the file as UTF-8. A line after the header is in quarantine, and can be corrected and re-submitted.',
  },
  FILE_UNREADABLE: {
    says: 'A file that was given is absent or cannot be read.',
    help: 'Check the path, and that it is a file which you may read.',
  },
  FILE_INCOMPLETE: {
    says: 'A gzip file is damaged or ends too early.',
    help: 'Copy or pack it again. Importing it again takes only what is not in yet.',
  },
  CSV_LINE_TOO_LONG: {
    says: 'A line is longer than the limit.',
    help: 'Look for a missing quote or line end. A line after the header is in quarantine, cut to its beginning.',
  },
  CSV_MAP_INVALID: {
    says: 'The import map does not have the expected shape.',
    help: 'Fix the places named as file:line:column; docs/how-to/import-a-file.md shows a complete map.',
  },
  PARQUET_INVALID: {
    says: 'A Parquet file cannot be read to its end.',
    help: 'Export or copy the file again: it may be incomplete. Importing it again takes only what is not in yet.',
  },
  CSV_ROW_INVALID: { says: 'A row could not be read as CSV.', help: 'The row is in quarantine; correct and re-submit it.' },
  SIGNAL_INVALID: {
    says: 'A signal does not match the schema of its type.',
    help: 'The signal is in quarantine: `cohortium signals quarantine` lists it, and `cohortium signals quarantine resubmit` takes the corrected one.',
  },
  CONSENT_STRING_INVALID: {
    says: 'An IAB GPP or TCF consent string cannot be read.',
    help: 'Nothing was taken from it. Have the consent manager send the whole string; a message that carried it is in quarantine.',
  },
  SIGNAL_TYPE_UNKNOWN: {
    says: 'A signal has a type that is not one of the 25.',
    help: 'Use one of the types listed in docs/reference/signals.md.',
  },
  SIGNAL_EVENT_UNPLANNED: {
    says: 'An event has a name that no type of the signal registry claims.',
    help: 'Add the name under `names` of a type in registries/signals/*.yaml, or let such events pass with `surprises: { events: omit }`.',
  },
  SIGNAL_DATE_INVALID: {
    says: 'A date could not be read.',
    help: 'Use ISO 8601 (2026-01-31 or 2026-01-31T12:00:00Z), or name the format in the import map.',
  },
  SIGNAL_AMOUNT_NEGATIVE: {
    says: 'A purchase has a negative amount.',
    help: 'Record returns as signals of type return, or set `negative: return` in the import map.',
  },
  SIGNAL_AMOUNT_INVALID: {
    says: 'An amount could not be read as money.',
    help: 'Use a decimal number without a currency sign or thousands separators.',
  },
  SIGNAL_CURRENCY_MIXED: {
    says: 'Amounts in more than one currency met in one graph.',
    help: 'Convert amounts to the currency of cohortium.yaml before import.',
  },
  SIGNAL_ID_CONFLICT: {
    says: 'A signal repeats an id with different content.',
    help: 'The first one is kept. Give the second its own id, or drop it.',
  },
  SIGNAL_TOO_LARGE: {
    says: 'An event is over 32 KiB of JSON, or nested too deeply.',
    help: 'Send what the signal needs and leave the rest out; the quarantine keeps only its beginning.',
  },
  CLOUD_EVENT_INVALID: {
    says: 'A CloudEvent lacks an attribute that version 1.0 requires, or has one of another kind.',
    help: 'Set specversion 1.0, id, source and type; the npm package `cloudevents` does.',
  },
  INTAKE_FULL: {
    says: 'More events arrive than the disk takes.',
    help: 'Nothing of this request was taken. Send it again after the seconds in Retry-After; SDKs do so by themselves.',
  },
  SOURCE_INVALID: {
    says: 'A source declaration, or its write key, is not acceptable.',
    help: 'Fix the file named in registries/sources, or the key that it names.',
  },
  QUARANTINE_NOT_FOUND: { says: 'No such entry in the quarantine.', help: 'List the entries with `cohortium signals quarantine`.' },
  GRAPH_EMPTY: {
    says: 'There are no purchases before the as-of date.',
    help: 'Ingest transactions first, or choose a later --as-of.',
  },
  GRAPH_HISTORY_SHORT: {
    says: 'The history is too short for the holdout period.',
    help: 'Choose a later --as-of, or a shorter horizonDays in the pipeline.',
  },
  SCORE_NOT_FOUND: {
    says: 'There is no value for this customer and cell.',
    help: 'Check the ids, and that a run has finished: `cohortium runs`.',
  },
  RUN_NOT_FOUND: { says: 'No such run.', help: 'List the runs with `cohortium runs`.' },
  RUN_FAILED: { says: 'A run stopped at a failed step.', help: 'Read the step error in `cohortium runs <id>`; fix it and run again.' },
  RUN_CANCELLED: { says: 'A run was cancelled before it finished.', help: 'Run it again; finished work is reused.' },
  RUN_SNAPSHOT_INCOMPATIBLE: {
    says: 'A stored run was made by a version of a skill that cannot be continued here.',
    help: 'Install the pinned version named in the message, or cancel the run and start a new one.',
  },
  SCHEDULE_NOT_FOUND: {
    says: 'No such schedule.',
    help: 'Schedules are entries of `schedules:` in cohortium.yaml; `cohortium schedules list` has their names.',
  },
  SCHEDULE_BUSY: {
    says: 'A schedule has an occurrence that has begun and not ended; two never overlap.',
    help: '`cohortium schedules run --once` goes on with it; a step that waits for a person is answered with `cohortium runs <id> --approve`.',
  },
  FAIRNESS_NOT_READY: {
    says: 'There is nothing that a fairness audit could be made of.',
    help: 'Import an attribute, name uses under `gate: fairness: uses:` in cohortium.yaml, and run a pipeline with a gate step that decides them.',
  },
  FAIRNESS_ROWS_INVALID: {
    says: 'A file of protected attributes cannot be taken as it is.',
    help: 'Correct the line named in the message; nothing was imported, and what was there before is still there.',
  },
  EXPERIMENT_NOT_FOUND: {
    says: 'No such experiment.',
    help: 'Experiments are files of registries/experiments; `cohortium experiments list` has their names.',
  },
  EXPERIMENT_NOT_AS_REGISTERED: {
    says: 'What is asked for is not what was registered before the experiment.',
    help: 'Restore the registered file, or analyse with --exploratory; a changed experiment needs a new name and new data.',
  },
  EXPERIMENT_ROWS_INVALID: {
    says: 'The rows of an experiment cannot be read, or are not those of its customers.',
    help: 'Fix the line named in the message, or choose other data.',
  },
  EFFECT_FAILED: { says: 'An effect failed.', help: 'The reply carries the cause; the step retry policy decides what follows.' },
  EFFECT_UNDECLARED: {
    says: 'A machine requested an effect that its skill does not declare.',
    help: 'Declare the effect in the skill, or correct its kind in the machine.',
  },
  EFFECT_TIMEOUT: { says: 'An effect took longer than its limit.', help: 'Raise timeoutMs of the effect or reduce its input.' },
  PAYLOAD_TOO_LARGE: {
    says: 'An event or a machine context is over 64 KiB of JSON.',
    help: 'Store rows in the content store and pass the Ref.',
  },
  PIPELINE_INVALID: {
    says: 'A pipeline file does not have the expected shape.',
    help: 'Fix the places named as file:line:column, then run `cohortium lint`.',
  },
  PIPELINE_CYCLE: { says: 'Steps of a pipeline wait for each other in a circle.', help: 'Remove one of the `after` edges named.' },
  PIPELINE_SKILL_UNKNOWN: { says: 'A step uses a skill that is not installed.', help: 'Correct the name or add it under `skills:`.' },
  PIPELINE_PREDICATE_INVALID: {
    says: 'A `when` predicate cannot be understood.',
    help: 'Predicates are trees of all/any/not over { path, op, value }.',
  },
  PIPELINE_NOT_FOUND: { says: 'No such pipeline file.', help: 'Check the path; pipelines live in pipelines/*.yaml.' },
  SKILL_INVALID: {
    says: 'A module does not export a well-formed skill.',
    help: 'Build it with defineSkill and run the contract kit on it.',
  },
  SKILL_NOT_FOUND: { says: 'A skill module could not be loaded.', help: 'Install the package in the operator directory.' },
  SKILL_LOCK_MISMATCH: {
    says: 'A third-party skill differs from the one that was locked.',
    help: 'Check where the change came from; to accept it, remove its entry from skills.lock.json.',
  },
  STORE_BUSY: {
    says: 'Another process holds this operator directory.',
    help: 'Stop the process named in the message, or use another directory.',
  },
  STORE_FULL: { says: 'The disk is full.', help: 'Free space and repeat; what was acknowledged is safe.' },
  STORE_FORBIDDEN: {
    says: 'A file or folder may not be read or written by this user.',
    help: 'Give the user who runs this the right to it; commands that only look also write below .cohortium.',
  },
  STORE_DURABILITY: {
    says: 'SQLite does not run with synchronous=FULL.',
    help: 'Check who else opened the file and with which settings; nothing was written.',
  },
  REGISTRY_LOCKED: {
    says: 'A registry entry has other content than was used under the same id and version.',
    help: 'Raise its version, or undo the change; `cohortium registry diff` shows what changed.',
  },
  REGISTRY_LOCK_DAMAGED: {
    says: 'The lock of the registries was changed by hand or is damaged.',
    help: 'Restore registries/lock.jsonl from a copy; lines are only ever appended to it.',
  },
  STORE_CORRUPT: { says: 'A store file is damaged.', help: 'Restore it from a backup; `cohortium verify` says what is damaged.' },
  CONTENT_NOT_FOUND: { says: 'A content-addressed object is absent.', help: 'Restore the content folder from a backup.' },
  CONTENT_DIGEST_MISMATCH: {
    says: 'The bytes of a content-addressed object do not match its digest.',
    help: 'Restore the object from a backup, or recompute it with `cohortium replay`.',
  },
  TABLE_INVALID: { says: 'A table has columns of different length or an unknown type.', help: 'Report the skill that wrote it.' },
  EXPLANATION_UNFAITHFUL: {
    says: 'An explanation does not agree with the model that it explains.',
    help: 'Use the Shapley values, which add up to the number; a local line is refused where it fits badly.',
  },
  NUMERIC_DOMAIN: {
    says: 'A numeric function was called outside its domain.',
    help: 'The message has the number and what it may be; one unit of time for recency, age and horizon.',
  },
  NUMERIC_NO_CONVERGENCE: {
    says: 'An optimiser stopped before it converged.',
    help: 'The message has the gradient; add data or a prior.',
  },
  BOOSTING_MODEL_INVALID: {
    says: 'A gradient-boosting model is damaged, of another version, or was edited by hand.',
    help: 'Restore the file as the fit wrote it, or fit again; the message names what is wrong.',
  },
  CLV_FILE_INVALID: {
    says: 'A file given to `cohortium clv` cannot be used.',
    help: 'The message names the place; docs/how-to/fit-a-clv-model-on-a-csv.md has the shapes that are read.',
  },
  CLV_TOO_FEW_CUSTOMERS: { says: 'There are too few customers to fit a model.', help: 'Widen the date range or pool locations.' },
  CALIBRATION_TOO_FEW: { says: 'There are too few holdout outcomes to calibrate.', help: 'Use a longer history or a shorter horizon.' },
  MODEL_CUTOFF_INVALID: {
    says: 'A cut-off is before the data, after them, or too late for its outcome to have been seen.',
    help: 'Choose a day that the message allows; without --cutoff the latest one is taken.',
  },
  MODEL_OUTCOME_EMPTY: {
    says: 'Nobody spent anything in the time that a model is to predict.',
    help: 'Choose another cut-off or longer prediction months, or look for what is missing in the log.',
  },
  MODEL_NOT_FOUND: {
    says: 'No such model.',
    help: 'List them with `cohortium champions`; models lie in models/cards and models/artefacts.',
  },
  MODEL_FILE_CHANGED: {
    says: 'An artefact, a card or a proposal was changed after it was written.',
    help: 'Restore the file named from a copy, or train again: what a person approves must be what was proposed.',
  },
  MANIFEST_DAMAGED: {
    says: 'A line of models/champion_manifest.jsonl is not as it was approved.',
    help: 'Restore the file from a copy; the message names the line. Lines are only ever appended to it.',
  },
  CHAMPION_MISSING: {
    says: 'No value model is in force.',
    help: 'Train one with `cohortium train`, and have another person approve it with `cohortium approve`.',
  },
  SCORE_FILE_CHANGED: {
    says: 'A file of outputs/ that a later step reads was edited or removed.',
    help: 'Restore the file named from a copy; what is judged must be what was predicted.',
  },
  PROPOSAL_NOT_FOUND: { says: 'No such proposal.', help: 'List the open ones with `cohortium champions`.' },
  PROPOSAL_DECIDED: {
    says: 'The proposal was approved before.',
    help: 'Look at `cohortium champions list`; train again to propose another.',
  },
  PROPOSAL_STALE: {
    says: 'Another proposal was approved after this one was made.',
    help: 'Run the command that made it again, so that it is judged against what is in force now.',
  },
  APPROVAL_REFUSED: {
    says: 'Who proposes does not approve.',
    help: 'Let another person of registries/people approve it with a key of their own.',
  },
  PERSON_NOT_FOUND: { says: 'No such person, or no key of that person here.', help: 'Add one with `cohortium people add <id>`.' },
  PERSON_KEY_REVOKED: {
    says: 'The key of a person was revoked: nothing counts that it signs from then on.',
    help: 'Add the person again under another id with `cohortium people add <id>`; what was signed before stays signed.',
  },
  PERSON_REFUSED: {
    says: 'Somebody is in the registry and may not do this.',
    help: 'Let somebody act who has one of the roles that the message names, or give the role with `cohortium people roles <id> --role <roles>`.',
  },
  HAND_REQUIRED: {
    says: 'An act has to be signed by the person, whose key is not on this machine.',
    help: 'Run the command where the key of the person is. `acts.personalHand: false` in cohortium.yaml lets the service sign on behalf of people.',
  },
  POLICY_INVALID: { says: 'A policy file does not parse.', help: 'Fix the place named; until then no score leaves.' },
  REGIME_TAMPERED: {
    says: 'A file of the law that comes with the gate is not the one that was shipped.',
    help: 'Install the package again; put rules of your own into `policies/`.',
  },
  POLICY_UNAPPROVED: {
    says: 'An overlay or a disclosure is not approved by counsel as it is now.',
    help: 'Let a person with the role counsel read it and run `cohortium gate approve <file> --as <person>`; until then nothing is decided by it.',
  },
  POLICY_NOT_FOUND: { says: 'The policies folder is absent.', help: 'Restore it, or run `cohortium init`.' },
  REVIEW_NOT_FOUND: { says: 'No such review.', help: 'List those that wait with `cohortium gate reviews` or the list_reviews tool.' },
  REVIEW_DECIDED: {
    says: 'The review was decided before, or is over.',
    help: 'If the facts have changed, the next run opens a case of its own; `cohortium gate reviews reopen <id>` opens this one anew.',
  },
  REVIEW_REFUSED: {
    says: 'This person may not take this step of a review, or not now.',
    help: 'The message says who may or what comes first; roles are set with `cohortium people roles`.',
  },
  REQUEST_NOT_FOUND: { says: 'No such request of a person.', help: 'List them with `cohortium requests list --all`.' },
  REQUEST_REFUSED: {
    says: 'This step may not be taken on a request of a person, not by this person, or not now.',
    help: 'The message says why and what comes first; `cohortium requests show <id>` has its state and the law that it rests on.',
  },
  REQUEST_LIMITED: {
    says: 'Too many calls came in for requests of persons.',
    help: 'Try again after the seconds that `retry-after` says.',
  },
  REQUESTER_INVALID: {
    says: 'A file of registries/requesters does not have the expected shape.',
    help: 'Fix the places named as file:line:column; docs/how-to/answer-requests.md shows complete ones.',
  },
  PRECEDENT_NOT_FOUND: { says: 'No such decision is on file.', help: 'List them with `cohortium gate precedents`.' },
  PRECEDENT_DAMAGED: {
    says: 'A decision on file is not the one that was signed.',
    help: 'Restore the file from a copy, or reopen the review; until then its case goes to counsel.',
  },
  CUSTOMER_NOT_FOUND: {
    says: 'No customer has this id or identity, as of that time.',
    help: 'Check the id; an identity other than a user id is written `kind:value`, e-mail addresses and phones by their SHA-256.',
  },
  IDENTITY_BLOCKED: {
    says: 'The value names nobody, so that it cannot be linked.',
    help: 'Link another identity, or take the value out of `blocked` in registries/identity.yaml.',
  },
  LINK_NOT_FOUND: { says: 'No such proposed link.', help: 'List the open ones with `cohortium graph links`.' },
  LINK_DECIDED: { says: 'The proposed link was decided before.', help: 'Use `cohortium graph link` or `unlink` to decide otherwise.' },
  LEDGER_LEAF_MISMATCH: { says: 'A ledger record does not match its leaf hash.', help: 'Restore the ledger; do not write to it.' },
  LEDGER_BODY_WRONG: {
    says: 'A sealed body is missing, left over, or not the one that a leaf commits to.',
    help: 'Restore the ledger and the vault of the same time, and apply erasures again; the proofs of leaves hold meanwhile.',
  },
  LEDGER_CHAIN_BROKEN: { says: 'The hash chain of the ledger is broken.', help: 'Restore the ledger; do not write to it.' },
  LEDGER_GAP: { says: 'A row of the ledger is missing.', help: 'Restore the ledger; do not write to it.' },
  LEDGER_ROOT_MISMATCH: { says: 'The Merkle root differs from a signed checkpoint.', help: 'Restore the ledger; do not write to it.' },
  LEDGER_ROLLED_BACK: {
    says: 'The ledger is shorter than a signed checkpoint says.',
    help: 'An older copy of the file was put back: restore the newest one.',
  },
  LEDGER_SIGNATURE_INVALID: { says: 'A checkpoint signature does not verify.', help: 'Check the key file and who could write it.' },
  LEDGER_ANCHOR_MISSING: {
    says: 'A signed checkpoint is absent from the anchor file.',
    help: 'Restore checkpoints.txt from its copy; without it a rolled-back ledger cannot be told.',
  },
  LEDGER_KEY_CONFLICT: {
    says: 'A record repeats the key of another one with different content.',
    help: 'Nothing was written. Records are never changed: give the new one its own key.',
  },
  LEDGER_KEY_UNSAFE: {
    says: 'A key file, or the folder of the keys, is open to others.',
    help: 'Run the chmod that the message names, and replace the key if it was exposed.',
  },
  KEY_UNAVAILABLE: {
    says: 'A key cannot be opened: a passphrase, an identity, a token or a key service is absent or refuses.',
    help: 'The message names what is missing. docs/how-to/keep-keys.md says where keys may stand, and how one comes back from escrow.',
  },
  VAULT_KEY_WRONG: {
    says: 'The vault of data keys does not open with the key that was found for it.',
    help: 'Put back the key folder that belongs to this vault, or run `cohortium keys recover` with an escrow of its key.',
  },
  KEY_HELD: {
    says: 'A data key under a legal hold was to be destroyed.',
    help: 'Nothing was destroyed. Release the hold first, or leave these records out.',
  },
  ANCHOR_NOT_LOCKED: {
    says: 'A store did not lock an object as it was asked to.',
    help: 'Nothing counts as anchored. Use a bucket with versioning and object lock on a service that enforces it; docs/how-to/anchor-the-record.md shows one.',
  },
  ANCHOR_UNREACHABLE: {
    says: 'A place for anchors could not be reached, or refused the call.',
    help: 'Records are safe in the ledger. Mend what the message names and run `cohortium anchor now`.',
  },
  ATTESTATION_INVALID: {
    says: 'A signed statement about records does not hold.',
    help: 'Trust nothing that rests on it. The message says which signature or part is wrong; the record of the statement is in the ledger.',
  },
  ANCHOR_STALE: {
    says: 'Records wait for too long to be anchored outside of this machine.',
    help: 'Run `cohortium anchor now`, and let a schedule or `cohortium serve` do so.',
  },
  TIMESTAMP_INVALID: {
    says: 'A time stamp does not verify, or is none for what was asked.',
    help: 'The checkpoint is not proven by it: run `cohortium anchor now` again, and look at `anchors: timestamp` when it stays so.',
  },
  WITNESS_REFUSED: {
    says: 'A witness did not cosign a checkpoint.',
    help: 'When it says that the history differs, do not write to this ledger: `cohortium anchor check` compares it with every anchor.',
  },
  SEGMENT_INVALID: {
    says: 'A segment of the ledger is damaged, or is not what its manifest says.',
    help: 'Fetch it again from the object store by its version; `cohortium anchor list` names it.',
  },
  PACKAGE_MISSING: {
    says: 'A package that this configuration needs is not installed.',
    help: 'Install it beside cohortium, as the message says.',
  },
  SIGNAL_PERSON_ERASED: {
    says: 'A signal is about a person who was erased.',
    help: 'It was not taken and its content was not kept. If the person is a customer again, run `cohortium erase --lift` with the id in the message.',
  },
  ERASURE_HELD: {
    says: 'A person under a hold was to be erased.',
    help: 'Nothing was erased. Release the hold with `cohortium holds release` once it has ended; until then it goes before every erasure.',
  },
  ERASURE_INCOMPLETE: {
    says: 'An erasure has begun and is not through.',
    help: 'Mend what the message names and run `cohortium erase --resume`; nothing reads the stores before it is through.',
  },
  HOLD_INVALID: {
    says: 'A hold cannot be set or released as asked.',
    help: 'Read the message; `cohortium holds list` shows the holds that there are.',
  },
  RECORD_NOT_FOUND: { says: 'No such record.', help: 'Check the number against the ledger size shown by `cohortium verify`.' },
  BUNDLE_DAMAGED: {
    says: 'A run bundle is not what was written: bytes were changed, are missing or do not fit their digests.',
    help: 'Nothing of it was used. Get it again from whoever exported it, and compare its digest with the one that they name.',
  },
  ENGINE_ABSENT: {
    says: 'A native library is not installed for this machine.',
    help: 'Install the package for this platform, or leave out with `replay --pure` what needs it.',
  },
  REPLAY_DIFFERS: { says: 'A replayed run differs from the recorded one.', help: 'The message names the first difference.' },
  EMISSION_REJECTED: { says: 'A subscriber refused an emission.', help: 'It is in the dead letters with the answer it got.' },
  EMISSION_UNRECORDED: {
    says: 'An emission has no gate decision or no record.',
    help: 'Nothing was sent. Put the gate and audit steps before it.',
  },
  SUBSCRIBER_INVALID: { says: 'A subscriber declaration is not acceptable.', help: 'Fix the file named in registries/subscribers.' },
  SUBSCRIBER_ADDRESS_FORBIDDEN: {
    says: 'A webhook address resolves to a private network.',
    help: 'Use a public https address, or set allowPrivate for a local receiver.',
  },
  HTTP_UNAUTHORIZED: {
    says: 'The bearer token or the write key is absent or wrong.',
    help: 'Send `Authorization: Bearer <token>` to /mcp, and the write key as Basic user name or X-Write-Key to the doors for events.',
  },
  HTTP_BIND_FORBIDDEN: { says: 'The server may only bind to loopback.', help: 'Use 127.0.0.1, and a proxy with TLS in front.' },
  HTTP_BODY_TOO_LARGE: {
    says: 'The body of a request is over the limit of its door.',
    help: 'Send fewer signals per call, or import a file. The message has the limit.',
  },
  HTTP_ENCODING_UNKNOWN: {
    says: 'The body of a request has a content-encoding that is not taken.',
    help: 'Send gzip, deflate, br, or no content-encoding.',
  },
  HTTP_ROUTE_UNKNOWN: {
    says: 'There is nothing at this address, or not for this method.',
    help: '`cohortium serve` prints the addresses; those for events need `--ingest`.',
  },
  HTTP_REQUEST_FORBIDDEN: {
    says: 'The Host or Origin header of a request is not one of this server.',
    help: 'Call the address that `cohortium serve` prints, from a program rather than a web page.',
  },
  HTTP_TOKEN_UNSAFE: {
    says: 'The file of the bearer token can be read by others, or holds no usable token.',
    help: 'Delete the file; `cohortium serve` makes a new one with mode 0600.',
  },
  INTERNAL: { says: 'A bug.', help: 'Please report it with the message and the run id.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;

/** A place in a file that a person can open: `pipelines/clv.yaml:12:5`. */
export interface SourcePosition {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

export interface Diagnostic {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly at?: SourcePosition;
}

export interface ErrorOptionsWithDetail {
  readonly cause?: unknown;
  /** Machine-readable particulars, plain JSON. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Where several things were wrong at once. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** Every error that this project throws on purpose. Tell it by `code`; use {@link isCohortiumError} across copies of the SDK. */
export class CohortiumError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CohortiumError';
  readonly code: Code;
  readonly help: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly diagnostics: readonly Diagnostic[];

  /** @param message what was wrong, what was found, what to do; without the code */
  constructor(code: Code, message: string, options: ErrorOptionsWithDetail = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.help = table[code].help;
    this.detail = options.detail ?? {};
    this.diagnostics = options.diagnostics ?? [];
  }
}

/** True for a CohortiumError, also one made by another copy of this package. */
export function isCohortiumError(value: unknown): value is CohortiumError {
  return value instanceof Error && value.name === 'CohortiumError' && 'code' in value && String(value.code) in table;
}

/** One line per diagnostic: `file:line:column: error CODE: message`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.at ? `${diagnostic.at.file}:${diagnostic.at.line}:${diagnostic.at.column}: ` : '';
  return `${place}${diagnostic.severity} ${diagnostic.code}: ${diagnostic.message}`;
}
