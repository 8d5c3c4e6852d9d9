/** Programs that send one message with a user's login, ready to run: by URL and by GraphQL, in four languages. */

export const LANGUAGES = ['curl', 'python', 'javascript', 'php'] as const;
export type Language = (typeof LANGUAGES)[number];
export const WAYS = ['url', 'graphql'] as const;
export type Way = (typeof WAYS)[number];

export interface SampleValues {
  /** The server's own address, as https://sms.example.com. */
  server: string;
  account: string;
  login: string;
  /** 8 letters or digits, or a word that stands for them: it needs no quoting in any language. */
  password: string;
  sender: string;
  receiver: string;
  text: string;
}

export function sample(language: Language, way: Way, values: SampleValues): string {
  return SAMPLES[language][way](values);
}

const SIGN_IN = `mutation SignIn($user: UserCredentials!) {
  signIn(input: {user: $user}) {
    token
    userErrors { message }
  }
}`;
const SEND = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) {
    receivers { number reason message { id number status } }
    creditsLeft
    userErrors { message }
  }
}`;

const onOneLine = (document: string): string => document.replace(/\s+/g, ' ');
// JSON's strings are also strings of Python and of JavaScript.
const quoted = (text: string): string => JSON.stringify(text);
const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const phpQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
/** What a here-document that knows variables shows as it stands. */
const hereQuoted = (text: string): string => text.replace(/[\\$`]/g, '\\$&');

const fieldsOf = ({ account, login, password, sender, receiver, text }: SampleValues): [string, string][] => [
  ['account', account],
  ['login', login],
  ['password', password],
  ['from', sender],
  ['to', receiver],
  ['message', text],
  ['contentType', 'application/json'],
];

const SAMPLES: Record<Language, Record<Way, (values: SampleValues) => string>> = {
  curl: {
    url: (values) =>
      [
        `curl -sS ${shellQuoted(`${values.server}/http2sms`)}`,
        ...fieldsOf(values).map(([name, value]) => `  --data-urlencode ${shellQuoted(`${name}=${value}`)}`),
      ].join(' \\\n'),
    graphql: ({ server, account, login, password, sender, receiver, text }) => {
      const endpoint = shellQuoted(`${server}/graphql`);
      const user = { user: { account, login, password } };
      const input = { account, sender, receivers: [receiver], text };
      // The key is made by the shell at each run: a repeated one would send nothing again.
      const begun = hereQuoted(`{"query": ${quoted(onOneLine(SEND))},\n "variables": {"input": ${JSON.stringify(input).slice(0, -1)}`);
      return `TOKEN=$(curl -sS ${endpoint} -H 'Content-Type: application/json' -d @- <<'END' | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/'
{"query": ${quoted(onOneLine(SIGN_IN))},
 "variables": ${JSON.stringify(user)}}
END
)
curl -sS ${endpoint} -H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN" -d @- <<END
${begun}, "idempotencyKey": "$(date +%s)-$$"}}}
END`;
    },
  },
  python: {
    url: (values) => `import json
import urllib.parse
import urllib.request

fields = {
${fieldsOf(values)
  .map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`)
  .join('\n')}
}
request = urllib.request.Request(${quoted(`${values.server}/http2sms`)}, urllib.parse.urlencode(fields).encode())
with urllib.request.urlopen(request, timeout=30) as response:
    answer = json.load(response)
if answer["status"] == 100:
    print("Accepted as", answer["SmsIds"], "- credits left:", answer["creditLeft"])
else:
    print("Refused:", answer["message"])`,
    graphql: ({ server, account, login, password, sender, receiver, text }) => `import json
import urllib.request
import uuid

SIGN_IN = """${SIGN_IN}"""
SEND = """${SEND}"""


def ask(query, variables, token=None):
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(${quoted(`${server}/graphql`)}, body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    if answer.get("errors"):
        raise SystemExit(answer["errors"][0]["message"])
    (payload,) = answer["data"].values()
    for error in payload["userErrors"]:
        raise SystemExit(error["message"])
    return payload


user = {
    "account": ${quoted(account)},
    "login": ${quoted(login)},
    "password": ${quoted(password)},
}
token = ask(SIGN_IN, {"user": user})["token"]
message = {
    "account": ${quoted(account)},
    "sender": ${quoted(sender)},
    "receivers": [${quoted(receiver)}],
    "text": ${quoted(text)},
    "idempotencyKey": str(uuid.uuid4()),
}
for verdict in ask(SEND, {"input": message}, token)["receivers"]:
    print(verdict["number"], verdict["message"] or verdict["reason"])`,
  },
  javascript: {
    url: (values) => `async function send() {
  const fields = new URLSearchParams({
${fieldsOf(values)
  .map(([name, value]) => `    ${name}: ${quoted(value)},`)
  .join('\n')}
  });
  const response = await fetch(${quoted(`${values.server}/http2sms`)}, { method: "POST", body: fields });
  const answer = await response.json();
  if (answer.status === 100) console.log("Accepted as", answer.SmsIds, "- credits left:", answer.creditLeft);
  else console.error("Refused:", answer.message);
}

send();`,
    graphql: ({ server, account, login, password, sender, receiver, text }) => `const SIGN_IN = \`${SIGN_IN}\`;
const SEND = \`${SEND}\`;

async function ask(query, variables, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = "Bearer " + token;
  const body = JSON.stringify({ query, variables });
  const response = await fetch(${quoted(`${server}/graphql`)}, { method: "POST", headers, body });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  const [payload] = Object.values(data);
  for (const { message } of payload.userErrors) throw new Error(message);
  return payload;
}

async function send() {
  const user = {
    account: ${quoted(account)},
    login: ${quoted(login)},
    password: ${quoted(password)},
  };
  const { token } = await ask(SIGN_IN, { user });
  const input = {
    account: ${quoted(account)},
    sender: ${quoted(sender)},
    receivers: [${quoted(receiver)}],
    text: ${quoted(text)},
    idempotencyKey: crypto.randomUUID(),
  };
  const { receivers } = await ask(SEND, { input }, token);
  for (const { number, message, reason } of receivers) console.log(number, message ?? reason);
}

send();`,
  },
  php: {
    url: (values) => `<?php
$fields = [
${fieldsOf(values)
  .map(([name, value]) => `    '${name}' => ${phpQuoted(value)},`)
  .join('\n')}
];
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => 'Content-Type: application/x-www-form-urlencoded',
    'content' => http_build_query($fields),
    'timeout' => 30,
]]);
$answer = json_decode(file_get_contents(${phpQuoted(`${values.server}/http2sms`)}, false, $context));
if ($answer->status === 100) {
    echo 'Accepted as ', implode(', ', $answer->SmsIds), ' - credits left: ', $answer->creditLeft, PHP_EOL;
} else {
    echo 'Refused: ', $answer->message, PHP_EOL;
}`,
    graphql: ({ server, account, login, password, sender, receiver, text }) => `<?php
const SIGN_IN = '${SIGN_IN}';
const SEND = '${SEND}';

function ask($query, $variables, $token = null)
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => array_merge(
            ['Content-Type: application/json', 'Accept: application/json'],
            $token ? ["Authorization: Bearer $token"] : [],
        ),
        'content' => json_encode(['query' => $query, 'variables' => $variables]),
        'timeout' => 30,
    ]]);
    $answer = json_decode(file_get_contents(${phpQuoted(`${server}/graphql`)}, false, $context), true);
    if (isset($answer['errors'])) {
        exit($answer['errors'][0]['message'] . PHP_EOL);
    }
    $payload = current($answer['data']);
    foreach ($payload['userErrors'] as $error) {
        exit($error['message'] . PHP_EOL);
    }
    return $payload;
}

$user = [
    'account' => ${phpQuoted(account)},
    'login' => ${phpQuoted(login)},
    'password' => ${phpQuoted(password)},
];
$token = ask(SIGN_IN, ['user' => $user])['token'];
$input = [
    'account' => ${phpQuoted(account)},
    'sender' => ${phpQuoted(sender)},
    'receivers' => [${phpQuoted(receiver)}],
    'text' => ${phpQuoted(text)},
    'idempotencyKey' => bin2hex(random_bytes(16)),
];
foreach (ask(SEND, ['input' => $input], $token)['receivers'] as $verdict) {
    echo $verdict['number'], ' ', json_encode($verdict['message'] ?? $verdict['reason']), PHP_EOL;
}`,
  },
};
