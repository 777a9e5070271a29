// Generated from the English texts by build-messages.ts.
export type Messages = {
  "ui": {
  "health": {
    "ok": "Good",
    "warning": "Warnings",
    "failed": "Failed",
    "missed": "Missed",
    "running": "Running",
    "cancelled": "Cancelled",
    "unknown": "Unknown",
    "none": "Not scheduled"
  },
  "days": "Last {count, plural, one {# day} other {# days}}: {good, number} good, {warned, number} with warnings, {failed, number} failed, {missed, number} missed, {unknown, number} unknown",
  "usedOf": "{used} of {quota}",
  "share": "Quota used",
  "never": "never",
  "justNow": "just now",
  "unlimited": "no limit",
  "act": {
    "save": "Save",
    "cancel": "Cancel",
    "close": "Close",
    "retry": "Try again",
    "copy": "Copy",
    "copied": "Copied",
    "more": "More actions",
    "showMore": "Show more",
    "reload": "Load what is there now",
    "done": "I have kept it"
  },
  "saved": "Saved.",
  "loading": "Loading",
  "optional": "optional",
  "requestId": "Request {id}",
  "notFound": {
    "title": "This page does not exist",
    "text": "It may have been removed, or it belongs to somebody else.",
    "home": "To the start page"
  },
  "error": {
    "title": "This part could not be loaded"
  },
  "secret": {
    "once": "Shown only now. Copy it to a safe place; it cannot be shown again."
  },
  "confirm": {
    "type": "Type {name} to confirm"
  },
  "conflict": {
    "title": "Somebody changed this meanwhile",
    "text": "Nothing was overwritten. Load what is there now, then make your change again."
  },
  "problem": {
    "forbidden": "You may not do this.",
    "not_found": "It does not exist, or not for you.",
    "unauthenticated": "Your session has ended. Sign in again.",
    "invalid_input": "Some fields are not right.",
    "conflict": "This is not possible in the present state.",
    "version_conflict": "Somebody changed this meanwhile.",
    "rate_limited": "Too many attempts. Try again in {seconds, plural, one {# second} other {# seconds}}.",
    "sign_in_failed": "This e-mail address and password do not belong together.",
    "second_factor_required": "Your password is right. Enter a code as well.",
    "second_step_over": "The time for the code has passed. Sign in once more.",
    "link_spent": "This link has been used or has expired. Ask for a new one.",
    "name_taken": "This is already in use.",
    "level_not_allowed": "Such a company may not stand below this one.",
    "variant_not_allowed": "This variant does not fit here.",
    "role_not_allowed": "You cannot give this role.",
    "last_owner": "The last owner stays: make somebody else an owner first.",
    "approval_required": "A second person must agree: more space is in use than this quota allows.",
    "server_not_allowed": "This type may not be sold on that server.",
    "capability_missing": "The backup server cannot do this.",
    "secret_already_shown": "The secret was shown once already.",
    "enrolment_spent": "This command has been used or has expired. Make a new one.",
    "in_progress": "The first request is still running. Wait a moment.",
    "too_large": "This is too large.",
    "tree_too_deep": "There are too many layers already.",
    "unavailable": "The platform is not available at the moment. Nothing was done.",
    "offline": "No connection to the platform.",
    "internal": "Something went wrong on our side.",
    "own_request": "You asked for this yourself. Somebody else decides.",
    "decider_not_above": "Only people of a company further up the line decide.",
    "decider_no_factor": "Whoever decides signs in with a second factor.",
    "decider_not_apart": "Whoever asks had a hand in your user, role, password or second factor.",
    "decider_too_new": "Your user, role, password or second factor is too new to decide.",
    "approval_over": "This was decided, withdrawn or has expired meanwhile."
  },
  "field": {
    "required": "Fill this in.",
    "email": "This is not an e-mail address.",
    "too_short": "This is too short.",
    "too_long": "This is too long.",
    "contrast": "Too little contrast to be read by everybody (at least 4.5 : 1).",
    "text": "Printable characters only.",
    "name": "A name of 1 to 120 characters.",
    "country": "Choose a country.",
    "language": "Choose a language.",
    "time_zone": "Choose a time zone.",
    "role": "Choose a role that people here may have.",
    "scope": "This right does not fit this key.",
    "past": "Choose a time to come.",
    "wrong": "This is not your present password.",
    "code": "Six digits from your app, or one of your recovery codes.",
    "code_wrong": "This is not the code of this moment, or it has been used.",
    "too_usual": "This password is guessed first. Choose another.",
    "is_email": "Not your e-mail address, please.",
    "anonymous": "An anonymous customer has no personal data.",
    "host": "A host name or address, with a port where needed.",
    "range": "This is outside the allowed range.",
    "enum": "Choose one of what is offered.",
    "colour": "A colour such as #0b5c6e.",
    "slug": "3 to 32 small letters, digits and hyphens.",
    "other": "This is not right.",
    "reason": "1 to 1,000 characters that say why."
  },
  "operation": {
    "waiting": "Waiting",
    "ready": "Ready to run",
    "running": "Running",
    "succeeded": "Done",
    "needs_attention": "Needs a hand",
    "cancelled": "Cancelled"
  },
  "accountState": {
    "pending": "Being set up",
    "active": "Active",
    "suspended": "Suspended",
    "attention": "Needs a hand",
    "deletion_requested": "Deletion asked for",
    "deleting": "Being deleted",
    "in_trash": "In the trash",
    "restoring": "Coming back",
    "gone": "Gone"
  },
  "accountType": {
    "online": "Online",
    "basic": "Basic"
  },
  "status": {
    "active": "Active",
    "suspended": "Suspended",
    "closed": "Closed"
  },
  "level": {
    "supplier": "Supplier",
    "distributor": "Distributor",
    "sub_distributor": "Sub-distributor",
    "reseller": "Reseller",
    "customer": "Customer",
    "site": "Site"
  },
  "variant": {
    "distributor": "Distributor",
    "value_added": "Value-added",
    "graylabel": "Graylabel",
    "whitelabel": "Whitelabel"
  }
};
  "accounts": {
  "title": "Accounts",
  "create": "New account",
  "find": "Find by account, customer or device",
  "total": "{count, plural, one {# account} other {# accounts}}",
  "views": {
    "label": "Views",
    "all": "All",
    "hand": "Needs a hand",
    "silent": "Unknown",
    "suspended": "Suspended"
  },
  "filter": {
    "health": "Health",
    "server": "Server",
    "anyServer": "Every server",
    "state": "State",
    "anyState": "Every state",
    "customer": "One customer",
    "remove": "Remove filter: {name}"
  },
  "columns": "Columns",
  "column": {
    "health": "Health",
    "name": "Account",
    "customer": "Customer",
    "devices": "Devices",
    "days": "28 days",
    "lastGood": "Last good backup",
    "used": "Used",
    "type": "Type",
    "server": "Server",
    "lastSeen": "Last seen",
    "state": "State"
  },
  "emptyTitle": "No accounts yet",
  "emptyText": "An account is where the devices of one customer send their backups.",
  "noneTitle": "No account matches",
  "noneText": "Take a filter away or search for something else.",
  "field": {
    "customer": "Customer",
    "server": "Backup server",
    "type": "Type",
    "name": "Name",
    "nameHint": "Left empty, it is made from the customer’s name.",
    "quota": "Quota in GB",
    "device": "First device",
    "deviceHint": "Each device has its own login.",
    "every": "A backup is due",
    "at": "at",
    "days": "on",
    "grace": "Minutes that it may start late",
    "silent": "silent: the account will wait"
  },
  "every": {
    "day": "every day",
    "week": "every week",
    "hour": "every hour",
    "none": "never: nothing is expected"
  },
  "plan": {
    "day": "every day at {at}",
    "week": "{days} at {at}",
    "hour": "every hour",
    "none": "not planned"
  },
  "created": {
    "lead": "For one customer, on one backup server."
  },
  "noPlace": {
    "title": "There is no backup server to put it on",
    "text": "Name a server and start its agent, or ask your supplier for access to one.",
    "act": "Add a server"
  },
  "noCustomer": {
    "title": "An account belongs to a customer",
    "text": "Create the customer first; the account can be made on the same page.",
    "act": "New customer"
  },
  "tab": {
    "overview": "Overview",
    "backups": "Backups",
    "connect": "Connect",
    "settings": "Settings",
    "operations": "Operations"
  },
  "verdict": {
    "ok": "The last backup was good, {when}.",
    "warning": "The last backup ended with warnings; the rest is safe. The last good one was {when}.",
    "failed": "The last backup failed. The last good one was {when}.",
    "quota": "The last backup stopped because the quota is full. The last good one was {when}.",
    "interrupted": "The last backup was broken off: the client fell silent. The last good one was {when}.",
    "missed": "The backup that was due never started. The last good one was {when}.",
    "running": "A backup is running now. The last good one was {when}.",
    "cancelled": "Somebody stopped the last backup. The last good one was {when}.",
    "unknown": "We cannot tell; last heard {seen}.",
    "none": "No backup has been made yet."
  },
  "next": {
    "failed": "See what failed",
    "missed": "See its backups",
    "none": "Connect a device",
    "other": "See its backups"
  },
  "act": {
    "suspend": "Suspend",
    "resume": "Resume",
    "changeQuota": "Change quota",
    "delete": "Delete…"
  },
  "working": "The backup server is still working on the last change.",
  "history": "Last 28 days",
  "sets": "Backup sets",
  "set": {
    "name": "Backup set",
    "device": "Device",
    "plan": "Due",
    "health": "Last result",
    "at": "Since"
  },
  "growth": "Stored space",
  "growthText": "{from} in {days, plural, one {# day} other {# days}}; the dashed line is the quota.",
  "growthPlain": "{from} in {days, plural, one {# day} other {# days}}.",
  "growthNone": "The first figure comes with the first backup.",
  "facts": "Details",
  "fact": {
    "created": "Created",
    "id": "Account id",
    "host": "Server name"
  },
  "events": {
    "title": "Refused at the door",
    "login_refused": "{count, plural, one {# login} other {# logins}} with a wrong password",
    "suspended_refused": "{count, plural, one {# attempt} other {# attempts}} while suspended",
    "quota_refused": "{count, plural, one {# upload} other {# uploads}} over the quota"
  },
  "note": {
    "title": "Note (only you and your team see this)",
    "text": "Note",
    "by": "{author}, {when}"
  },
  "connect": {
    "logins": "Login of {device}",
    "login": "Login",
    "password": "Password",
    "address": "Address",
    "lead": "Any restic works. The data are encrypted on the device with a passphrase that only its owner knows: without it nobody can restore.",
    "env": "Once in the shell of this device",
    "init": "Prepare, once",
    "backup": "Back up",
    "list": "What is there",
    "restore": "Restore",
    "newPassword": "New password",
    "newPasswordTitle": "A new password for {device}?",
    "newPasswordText": "The old one stops working as soon as the server has been told. Backups fail until the device has the new one. Backed-up data stay.",
    "yourPassword": "the password of this login"
  },
  "settings": {
    "quota": "Quota",
    "modules": "Modules",
    "modulesNone": "This server has no modules to choose.",
    "state": "State",
    "stateText": "A suspended account refuses new backups. What is stored stays.",
    "suspendTitle": "Suspend {name}?",
    "devices": "Devices and backup sets",
    "addDevice": "Add a device",
    "deviceName": "Name of the device",
    "editSet": "Change schedule",
    "setName": "Name of the set"
  },
  "attention": "The last change did not reach the backup server. See what has to be done.",
  "removal": {
    "deletion_requested": {
      "title": "Deletion has been asked for",
      "text": "A second person further up the line decides. Until then everything goes on as usual."
    },
    "deleting": {
      "title": "Being moved to the trash",
      "text": "Deletion was approved; the backup server is carrying it out."
    },
    "in_trash": {
      "title": "In the trash until {until}",
      "text": "Its devices can neither back up nor restore. It is gone for good {until}."
    },
    "restoring": {
      "title": "Coming back from the trash",
      "text": "The backup server is bringing it back, with its devices and logins."
    },
    "gone": {
      "title": "Gone for good",
      "text": "Its backups were purged on {when}. This page stays for the record."
    },
    "see": "See the request",
    "purgeWaits": "A purge before its time waits for a decision.",
    "restore": "Restore",
    "restored": "It is coming back.",
    "purge": "Purge early…",
    "withdraw": "Withdraw request",
    "withdrawTitle": "Withdraw the request?",
    "withdrawText": "The account stays as it is. You can ask again at any time.",
    "withdrawn": "Withdrawn.",
    "askTitle": "Ask to delete {name}",
    "askText": "A second person further up the line decides. Once agreed, the account goes to the trash: its devices can neither back up nor restore. It can be brought back for a while, then it is gone for good.",
    "ask": "Ask for it",
    "asked": "Asked for. Somebody further up the line decides.",
    "reason": "Why",
    "reasonHint": "Whoever decides reads it.",
    "purgeTitle": "Ask to purge {name} early",
    "purgeText": "A second person decides. Once agreed, every backup of this account is gone at once, and nobody can bring it back."
  },
  "cut": {
    "waits": "A quota of {quota} waits for a second person.",
    "reason": "Why smaller than what is kept",
    "hint": "Nothing new could be backed up then: a second person decides, and reads this."
  }
};
  "approvals": {
  "title": "Approvals",
  "lead": "What cannot be undone needs a second person, further up the line.",
  "box": {
    "waiting": "Waiting for you",
    "requested": "Asked for here",
    "decided": "Decided"
  },
  "column": {
    "what": "Request",
    "state": "State",
    "customer": "Customer",
    "seller": "Reseller",
    "used": "Used",
    "by": "Asked by",
    "asked": "Asked",
    "until": "Expires",
    "ended": "Ended"
  },
  "kind": {
    "account": {
      "delete": "Delete {account}",
      "purge": "Purge {account} early",
      "cut_quota": "Cut the quota of {account} to {quota}"
    }
  },
  "state": {
    "waiting": "Waiting",
    "approved": "Approved",
    "refused": "Refused",
    "withdrawn": "Withdrawn",
    "expired": "Expired"
  },
  "empty": {
    "waiting": {
      "title": "Nothing waits for you",
      "text": "When a reseller asks to delete an account, it stands here, and nothing is deleted until one of you agrees."
    },
    "requested": {
      "title": "Nothing has been asked for",
      "text": "Deleting an account is asked for on its page. A second person further up the line decides."
    },
    "decided": {
      "title": "Nothing has been decided yet",
      "text": "What you approved or refused, and what expired, will stand here."
    }
  },
  "asked": "asked for by {name}, {when}",
  "trouble": "Nobody is reminded of this request, and it does not expire by itself. Decide it, or have it withdrawn and asked for again.",
  "why": "Why",
  "decide": "Your decision",
  "waits": "Waiting for a decision",
  "deadline": "Expires {when}. Until somebody agrees, nothing happens.",
  "fact": {
    "by": "Asked by",
    "at": "Asked on",
    "reminded": "Reminded on",
    "expires": "Expires on",
    "decidedBy": "By",
    "ended": "On"
  },
  "loss": {
    "title": "What will be lost",
    "was": "What it was about",
    "gone": "Nothing is left that could be lost.",
    "account": "Account",
    "customer": "Customer",
    "seller": "Reseller",
    "last": "Last good backup",
    "noBackup": "none is known",
    "sets": "Backup sets with a schedule",
    "devices": "{count, plural, =0 {No devices} one {# device} other {# devices}}",
    "picture": "{used} of backups would be lost",
    "square": "A square is {unit}.",
    "then": "It was {used} when it was asked for.",
    "restorable": "{days, plural, =0 {Can be restored from the trash for less than a day.} one {Can be restored from the trash for # day, until about {until}.} other {Can be restored from the trash for # days, until about {until}.}} Then it is gone for good.",
    "forGood": "Gone for good at once. It could otherwise be restored until {until}.",
    "change": "What would change",
    "cut": "Nothing is deleted. Nothing new can be backed up until {quota} or less is used."
  },
  "approve": {
    "account": {
      "delete": "Approve deletion",
      "purge": "Approve purge",
      "cut_quota": "Approve quota"
    }
  },
  "refuse": "Refuse",
  "withdraw": "Withdraw request",
  "confirm": {
    "account": {
      "delete": "Let {account} be deleted?",
      "purge": "Let {account} be gone for good?",
      "cut_quota": "Let the quota of {account} be {quota}?"
    }
  },
  "confirmText": {
    "account": {
      "delete": "{used} of {customer} goes to the trash. Its devices can neither back up nor restore from then on. {days, plural, =0 {It is gone for good within a day.} one {After # day it is gone for good.} other {After # days it is gone for good.}}",
      "purge": "{used} of {customer} is gone at once and for good. Nobody can bring it back.",
      "cut_quota": "{used} of {customer} stays. Nothing new can be backed up until {quota} or less is used."
    }
  },
  "answer": "A word with it",
  "answerHint": "Whoever asked can read it.",
  "refuseTitle": "Refuse this request",
  "refuseReason": "Why not",
  "refuseHint": "{name} can read it.",
  "withdrawTitle": "Withdraw this request?",
  "withdrawText": "The account stays as it is. You can ask again at any time.",
  "approved": "Approved. It is carried out now.",
  "refused": "Refused. Nothing changes.",
  "withdrawn": "Withdrawn. Nothing changes.",
  "outcome": {
    "approved": "Approved",
    "refused": "Refused",
    "withdrawn": "Withdrawn",
    "expired": "Expired: nobody decided in time"
  },
  "then": {
    "approved": "It has been, or is being, carried out. The account’s page shows how far it is.",
    "refused": "Nothing was changed.",
    "withdrawn": "Nothing was changed.",
    "expired": "Nothing was changed. It can be asked for again."
  },
  "whyNot": {
    "own_request": "You asked for this yourself. Somebody else decides.",
    "decider_not_above": "Only people of a company above {seller} decide about this.",
    "forbidden": "Owners and administrators decide, signed in to the portal.",
    "decider_no_factor": "Whoever decides signs in with a second factor.",
    "signInAgain": "Sign in again with your second factor to decide.",
    "setUp": "Set up a second factor",
    "decider_not_apart": "Whoever asks had a hand in your user, role, password or second factor. Another person has to decide.",
    "decider_too_new": "Your user, role, password or second factor is too new. You can decide from {from} on.",
    "tooNewSomeTime": "Your user, role, password or second factor is too new. Come back in a few days."
  }
};
  "branding": {
  "own": "Your brand",
  "address": "Your portal stands at {address}.",
  "inherited": "You show the brand of your supplier. A brand of your own comes with the variant whitelabel.",
  "field": {
    "product": "Name of the product",
    "company": "Company",
    "slug": "Short name",
    "slugHint": "Part of the portal’s address and of every login; small letters, digits and hyphens.",
    "email": "Support e-mail",
    "phone": "Support telephone",
    "website": "Website",
    "radius": "Rounding of corners (0 to 16)"
  },
  "group": {
    "colours": "Colours",
    "support": "Whom your customers turn to"
  },
  "colour": {
    "accent": "Accent",
    "accent_dark": "Accent, dark scheme",
    "on_accent": "Text on the accent",
    "nav": "Navigation",
    "nav_ink": "Text in the navigation",
    "nav_dark": "Navigation, dark scheme",
    "nav_ink_dark": "Text in the navigation, dark scheme"
  },
  "ratio": "contrast {ratio} : 1",
  "tooLow": "too low to read",
  "preview": "Preview",
  "previewButton": "A button",
  "publish": "Publish",
  "published": "Published. Everybody sees it at the next visit."
};
  "identity": {
  "signIn": {
    "title": "Sign in",
    "lead": "to {product}, by {company}",
    "email": "E-mail address",
    "password": "Password",
    "submit": "Sign in",
    "forgot": "Forgot your password? Ask the owner of your portal for a new one-time link.",
    "help": "Trouble signing in?"
  },
  "code": {
    "title": "One more step",
    "lead": "Your password is right. Show that it is you.",
    "code": "Code from your app",
    "hint": "Six digits, new every half minute.",
    "recovery": "Recovery code",
    "recoveryHint": "One of the ten that you kept. Each works once.",
    "useRecovery": "Use a recovery code instead",
    "useCode": "Use a code from the app instead",
    "back": "Start over",
    "lost": "Lost both phone and recovery codes? Whoever manages the people of your portal can reset your second factor."
  },
  "language": "Language",
  "link": {
    "title": {
      "invitation": "Welcome, {name}",
      "sign_in": "Welcome, {name}",
      "reset": "A new password"
    },
    "choose": "Choose a password for {email}. You sign in with it from now on.",
    "go": "This link signs you in as {email}, once.",
    "password": "New password",
    "rule": "At least 12 characters. A short sentence is easy to remember.",
    "submit": "Continue",
    "spent": "This link no longer works",
    "toSignIn": "To the sign-in page"
  },
  "settings": {
    "title": "Settings",
    "people": "People",
    "keys": "API keys",
    "brand": "Brand",
    "activity": "Audit log",
    "outbox": "Outbox",
    "me": "You"
  },
  "role": {
    "owner": "Owner",
    "administrator": "Administrator",
    "technician": "Technician",
    "sales": "Sales",
    "finance": "Finance",
    "support": "Support (reads only)",
    "customer_owner": "Owner",
    "customer_user": "User (reads only)",
    "report_contact": "Receives reports"
  },
  "people": {
    "invite": "Invite somebody",
    "name": "Name",
    "email": "E-mail address",
    "role": "Role",
    "locale": "Language",
    "status": "Status",
    "seen": "Last seen",
    "actions": "Actions",
    "state": {
      "invited": "Invited",
      "active": "Active",
      "disabled": "Disabled"
    },
    "below": "made by your supplier",
    "newLink": "New one-time link",
    "remove": "Remove",
    "removeTitle": "Remove {name}?",
    "removeText": "Sessions and API keys of this person end at once. What they did stays in the audit log.",
    "removed": "Removed.",
    "linkTitle": "One-time link for {name}",
    "linkText": "Send it yourself, by a way that you trust.",
    "link": "Link",
    "emptyTitle": "Nobody here yet",
    "emptyText": "Invite the people who work with you.",
    "factorSince": "since {since}",
    "factorNone": "none",
    "resetFactor": "Reset second factor",
    "resetTitle": "Reset the second factor of {name}?",
    "resetText": "Do this only when you are sure who asks. The password alone then signs {name} in, every session ends, and it stays on record that it was you: {name} cannot decide what you request.",
    "resetDone": "Second factor reset."
  },
  "keys": {
    "create": "New key",
    "name": "Name",
    "nameHint": "What uses this key, for example \"monitoring\".",
    "scopes": "May do",
    "scopesHint": "Never more than your own role allows.",
    "expires": "Ends on",
    "owner": "Belongs to",
    "used": "Last used",
    "actions": "Actions",
    "noEnd": "no end",
    "secretTitle": "Your new key",
    "secret": "Key",
    "revoke": "Revoke",
    "revokeTitle": "Revoke {name}?",
    "revokeText": "Whatever uses this key stops working at once.",
    "emptyTitle": "No keys yet",
    "emptyText": "With a key, your own software can read and do what you may."
  },
  "me": {
    "details": "Your details",
    "name": "Name",
    "locale": "Language",
    "password": "Password",
    "current": "Present password",
    "new": "New password",
    "change": "Change password",
    "changed": "Password changed.",
    "sessions": "Where you are signed in",
    "this": "this session",
    "end": "End",
    "client": "Browser",
    "address": "Address",
    "seen": "Last seen"
  },
  "factor": {
    "title": "Second factor",
    "on": "Signing in asks for a code from your app since {since}.",
    "off": "With a second factor, your password alone opens nothing. Whoever decides about deletions needs one.",
    "isOn": "On",
    "isOff": "Off",
    "left": "{count, plural, =0 {No recovery codes are left.} one {# recovery code is left.} other {# recovery codes are left.}}",
    "setUp": "Set up",
    "newCodes": "New recovery codes",
    "remove": "Remove second factor",
    "removed": "Second factor removed. Your other sessions have ended.",
    "next": "Continue",
    "ask": {
      "begin": "Set up a second factor",
      "codes": "New recovery codes",
      "remove": "Remove the second factor?"
    },
    "why": {
      "begin": "You need an authenticator app on your phone. First show that it is you.",
      "codes": "The old ones stop working.",
      "remove": "From then on your password alone signs you in. Your other sessions end, and you can decide no requests until a new second factor is old enough."
    },
    "setUpTitle": "Set up your second factor",
    "scan": "Scan this picture with your app",
    "apps": "Any app for codes works, such as Aegis, 2FAS, Google Authenticator or 1Password.",
    "picture": "QR code with the secret for your app",
    "typed": "No camera at hand? Type the secret into the app.",
    "secret": "Secret",
    "open": "Open in an app on this device",
    "show": "Type the code that the app shows",
    "confirm": "Turn on"
  },
  "recovery": {
    "title": "Your recovery codes",
    "lead": "Each lets you in once when your phone is not at hand. Keep them where your phone is not.",
    "all": "all recovery codes",
    "download": "Download"
  }
};
  "notifications": {
  "title": "Outbox",
  "lead": "This platform has no mail server: what it would have sent stays here.",
  "subject": "Subject",
  "from": "From",
  "to": "To",
  "replyTo": "Replies to",
  "at": "Time",
  "back": "All mails",
  "emptyTitle": "No mail yet",
  "emptyText": "What the platform would send appears here, as long as it has no mail server."
};
  "operations": {
  "title": "Operations",
  "lead": "What was asked of the backup servers, in the order of each account.",
  "filter": {
    "state": "State",
    "any": "Every state"
  },
  "column": {
    "state": "State",
    "what": "What",
    "account": "Account",
    "server": "Server",
    "asked": "Asked",
    "took": "Took",
    "attempt": "Attempt",
    "actions": "Actions"
  },
  "kind": {
    "ensure": "Set up or change account",
    "trash": "Move account to the trash",
    "restore": "Bring account back from the trash",
    "purge": "Purge account from the trash"
  },
  "reason": {
    "new_password_needed": "The server’s agent was enrolled anew: give the device a new password.",
    "attempts_used_up": "It was tried as often as makes sense without success. Look at the server, then try again."
  },
  "act": {
    "retry": "Try again",
    "cancel": "Cancel"
  },
  "cancelTitle": "Cancel this operation?",
  "cancelText": "The backup server is not told. The next change of {account} brings it up to date again.",
  "emptyTitle": "All done",
  "emptyText": "Nothing of this kind is waiting or running."
};
  "overview": {
  "title": "What needs a hand",
  "lead": "{count, plural, =0 {Nothing is waiting for you.} one {# thing is waiting for you.} other {# things are waiting for you, the most urgent first.}}",
  "all": "See all {count}",
  "kind": {
    "agent": {
      "title": "{count, plural, one {A server is silent} other {# servers are silent}}",
      "why": "Backups there are shown as unknown until its agent calls again.",
      "act": "Look at server"
    },
    "failed": {
      "title": "{count, plural, one {# account whose backup failed} other {# accounts whose backup failed}}",
      "why": "They ran and ended without a usable result.",
      "act": "See why"
    },
    "missed": {
      "title": "{count, plural, one {# account whose backup never started} other {# accounts whose backup never started}}",
      "why": "They were due and nothing came in. Is the machine on?",
      "act": "Open"
    },
    "quota": {
      "title": "{count, plural, one {# account is almost full} other {# accounts are almost full}}",
      "why": "Backups stop when the quota is full. Offer more space in time.",
      "act": "Open"
    },
    "operation": {
      "title": "{count, plural, one {# operation did not succeed} other {# operations did not succeed}}",
      "why": "The account waits until somebody retries or cancels.",
      "act": "Look"
    }
  },
  "calm": "All is well",
  "calmText": "Every backup that was due has run, and every server answers.",
  "health": "Health of your accounts",
  "accounts": "{count, plural, one {# account} other {# accounts}}",
  "space": "Used space",
  "customers": "Customers",
  "setup": {
    "title": "Set up",
    "lead": "{left, plural, one {# step left until backups arrive.} other {# steps left until backups arrive.}}",
    "step": {
      "server": "Name a backup server",
      "agent": "Start its agent",
      "customer": "Create a customer",
      "account": "Give the customer an account",
      "backup": "Receive the first backup"
    },
    "done": "done",
    "go": "Begin"
  },
  "activity": {
    "when": "When",
    "who": "Who",
    "what": "What",
    "subject": "Object",
    "details": "Before and after",
    "show": "Show",
    "for": "{name} of {home}, for {tenant}",
    "emptyTitle": "Nothing has been done yet",
    "emptyText": "Every change will stand here: who, when, for whom, and what it was before."
  },
  "approvals": {
    "title": "{count, plural, one {# request waits for your decision} other {# requests wait for your decision}}",
    "why": "Nothing is deleted until somebody further up the line agrees.",
    "act": "Review",
    "of": "{customer} · {seller}",
    "account": {
      "delete": "Delete {account}",
      "purge": "Purge {account} early",
      "cut_quota": "Cut the quota of {account}"
    }
  }
};
  "reports": {
  "title": "Backups",
  "views": {
    "label": "Which backups",
    "all": "All",
    "running": "Running",
    "ok": "Good",
    "warning": "Warnings",
    "failed": "Failed",
    "missed": "Missed"
  },
  "period": {
    "label": "Period",
    "days": "{count, plural, one {Last day} other {Last # days}}"
  },
  "kind": {
    "label": "Kind",
    "any": "Every kind",
    "backup": "Backup",
    "read": "Read (restore or check)",
    "maintenance": "Clean-up",
    "init": "First set-up",
    "unknown": "Unclear"
  },
  "column": {
    "state": "Result",
    "account": "Account",
    "customer": "Customer",
    "device": "Device",
    "kind": "Kind",
    "started": "Started",
    "took": "Took",
    "uploaded": "Received",
    "set": "Backup set",
    "due": "Was due",
    "log": "Log"
  },
  "state": {
    "running": "Running",
    "success": "Good",
    "warning": "Warnings",
    "failed": "Failed",
    "quota": "Quota full",
    "cancelled": "Cancelled",
    "interrupted": "Interrupted",
    "unknown": "Unknown"
  },
  "emptyTitle": "No backups in this period",
  "emptyText": "Choose a longer period or another view.",
  "emptyAccount": "Connect a device and make the first backup.",
  "emptyMissedTitle": "Nothing was missed",
  "emptyMissedText": "Everything that was due has begun in time.",
  "job": {
    "title": "{kind} of {device}",
    "verdict": {
      "running": "It is running now.",
      "success": "It ended well.",
      "warning": "It ended, but some files are not in it. The log names them.",
      "failed": "It ended without a usable result. The log says where it stopped.",
      "quota": "It stopped because the quota is full. Raise the quota, then start the backup again.",
      "cancelled": "Somebody stopped it.",
      "interrupted": "The client fell silent in the middle: switched off, or its line failed. The next backup goes on from there.",
      "unknown": "What happened cannot be told."
    },
    "figures": "Figures",
    "started": "Started",
    "ended": "Ended",
    "uploaded": "Received",
    "downloaded": "Sent",
    "objects": "Objects",
    "snapshot": "Snapshot",
    "address": "Came from",
    "client": "Client",
    "log": "What the server saw",
    "noLog": "No lines are kept for this one.",
    "truncated": "The log was longer than is kept; the middle is left out.",
    "level": {
      "error": "Error",
      "warning": "Warning"
    }
  }
};
  "servers": {
  "title": "Servers",
  "create": "New server",
  "column": {
    "name": "Server",
    "status": "Status",
    "host": "Host name",
    "owner": "Owner",
    "space": "Space",
    "seen": "Last heard"
  },
  "status": {
    "new": "No agent yet",
    "online": "Online",
    "silent": "Silent"
  },
  "emptyTitle": "No backup servers yet",
  "emptyText": "A server is a machine with disks on which our agent runs. Name it, then start the agent with one command.",
  "field": {
    "name": "Name",
    "host": "Host name that clients dial",
    "hostHint": "For example backup.example.com, or a name with a port.",
    "types": "Accounts of type"
  },
  "verdict": {
    "new": "Its agent has not called yet.",
    "online": "Its agent calls, last {when}.",
    "silent": "Its agent is silent; last heard {when}. Backups there are shown as unknown. Check the machine and its line."
  },
  "enrol": {
    "title": "Start its agent",
    "again": "Enrol the agent anew",
    "lead": "Make a command and run it on the server. This page turns green by itself.",
    "leadAgain": "Only after the machine was replaced: its former agent is shut out, and waiting operations need new passwords.",
    "make": "Make the command",
    "command": "Run this on the server",
    "expires": "Works once, until {when}.",
    "waiting": "Waiting for the agent to call…",
    "done": "The agent has called. The server can be used."
  },
  "edit": "Change",
  "details": "Details",
  "agent": {
    "title": "Agent",
    "version": "Version",
    "enrolled": "Enrolled",
    "clock": "Its clock",
    "clockGood": "right",
    "clockAhead": "{span} ahead",
    "clockBehind": "{span} behind",
    "quarantined": "Reports set aside",
    "quarantineText": "The platform refused these reports as unreadable; the agent keeps them for support."
  },
  "product": "Product",
  "software": "Software",
  "free": "Free",
  "access": {
    "title": "Who may sell on it",
    "lead": "Everybody who sells directly below {name} may create accounts here, unless you take it away."
  },
  "itsAccounts": "Accounts on this server"
};
  "shell": {
  "skip": "Skip to content",
  "nav": {
    "label": "Main menu",
    "today": "Today",
    "approvals": "Approvals",
    "waiting": "waiting for you",
    "care": "Care",
    "customers": "Customers",
    "accounts": "Accounts",
    "backups": "Backups",
    "sell": "Sell",
    "resellers": "Resellers",
    "run": "Run",
    "servers": "Servers",
    "operations": "Operations",
    "settings": "Settings"
  },
  "menu": "Menu",
  "scope": "You are working in",
  "switch": {
    "label": "Find a company below {name}",
    "none": "Nobody found"
  },
  "acting": "You act for {name}. Everything you do is logged under both names.",
  "stopActing": "Stop acting",
  "suspended": "{name} is suspended: nothing can be changed until it is resumed.",
  "search": "Search or jump to…",
  "palette": {
    "pages": "Pages",
    "found": "Found",
    "none": "Nothing found",
    "kind": {
      "customer": "Customer",
      "account": "Account",
      "tenant": "Company",
      "server": "Server"
    }
  },
  "scheme": "Light or dark",
  "me": {
    "menu": "Your menu",
    "settings": "Your details and password",
    "language": "Language",
    "keys": "Keyboard",
    "signOut": "Sign out"
  },
  "keys": {
    "title": "Keys",
    "palette": "Search everything",
    "find": "Find in this list",
    "go": "Go to {page}",
    "help": "This list",
    "single": "Use single keys"
  }
};
  "tenancy": {
  "customers": {
    "title": "Customers",
    "create": "New customer",
    "find": "Find by name or number",
    "name": "Customer",
    "number": "Number",
    "kind": "Kind",
    "anyKind": "Every kind",
    "status": "Status",
    "anyStatus": "Every status",
    "contact": "Contact",
    "country": "Country",
    "since": "Customer since",
    "emptyTitle": "No customers yet",
    "emptyText": "A customer has accounts, and an account receives backups.",
    "noneTitle": "No customer matches",
    "noneText": "Take a filter away or search for something else."
  },
  "kind": {
    "business": "Business",
    "private": "Private",
    "anonymous": "Anonymous"
  },
  "kindHint": {
    "business": "A company, with its numbers for the invoice.",
    "private": "A person at home.",
    "anonymous": "Only a number; you keep the name yourself. Cannot sign in."
  },
  "anonymous": "Anonymous {number}",
  "field": {
    "kind": "Kind of customer",
    "company": "Company name",
    "person": "Full name",
    "reference": "Your own reference",
    "contact": "Contact person",
    "email": "E-mail address",
    "phone": "Telephone",
    "street": "Street and number",
    "postal_code": "Postal code",
    "city": "City",
    "country": "Country",
    "chamber": "Chamber of commerce number",
    "vat": "VAT number",
    "language": "Language",
    "name": "Company name",
    "level": "Level",
    "variant": "Variant",
    "edition": "Edition",
    "timeZone": "Time zone"
  },
  "create": {
    "lead": "Everything on one page: the customer and, if you like, the first account.",
    "account": "First account",
    "withAccount": "Create an account at once",
    "submit": "Create customer",
    "submitBoth": "Create customer and account",
    "half": "The customer has been created; only the account is left."
  },
  "customer": {
    "accounts": "Accounts",
    "newAccount": "New account",
    "noAccounts": "No accounts yet",
    "noAccountsText": "Create an account and connect a device to it.",
    "details": "Details",
    "edit": "Change details",
    "open": "Work as this customer",
    "suspend": "Suspend",
    "resume": "Resume",
    "suspendTitle": "Suspend {name}?",
    "suspendText": "Nobody of this customer can sign in until you resume it. Accounts and backups stay as they are."
  },
  "resellers": {
    "title": "Resellers",
    "create": "New reseller",
    "lead": "Who sells directly below {name}.",
    "find": "Find by name or number",
    "name": "Company",
    "level": "Level",
    "actions": "Actions",
    "act": "Work as",
    "suspendText": "Nobody of this company can work in the portal until you resume it, nor can anyone below it. Backups go on.",
    "emptyTitle": "Nobody sells below you yet",
    "emptyText": "Create the first reseller and hand over the invitation."
  },
  "reseller": {
    "lead": "It appears directly below {name}.",
    "owner": "Its first owner",
    "ownerName": "Name of the owner",
    "ownerEmail": "E-mail address of the owner",
    "created": "{name} has been created",
    "invitation": "One-time invitation for the owner",
    "link": "Link"
  },
  "edition": {
    "basic": "Basic",
    "premium": "Premium"
  },
  "variantHint": {
    "value_added": "Sells your products under your name.",
    "graylabel": "Own products and contact data, your brand.",
    "whitelabel": "Own brand, host name and servers; you stay invisible."
  }
};
};
