// A message centre off the shelf (node-smpp): `node smsc.mjs [PORT]` listens on any port or on that one,
// which is the first line that it prints, as JSON. It takes binds with the password s3cr3t, gives each message an
// id, and sends the receipt that it asks for. Each line is an event: {bound} or {submit} or {answered} or
// {unbound}. A line of JSON on standard input is a deliver_sm to send.
import { createInterface } from 'node:readline';
import smpp from 'smpp';

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const sessions = new Set();
let messages = 0;

const text = (message) => (Buffer.isBuffer(message) ? message.toString('hex') : message.message);

const receipt = (pdu, id) => ({
  source_addr_ton: pdu.dest_addr_ton,
  source_addr_npi: pdu.dest_addr_npi,
  source_addr: pdu.destination_addr,
  destination_addr: pdu.source_addr,
  esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
  short_message: `id:${id} sub:001 dlvrd:001 submit date:2609211200 done date:2609211201 stat:DELIVRD err:000 text:`,
  receipted_message_id: id,
  message_state: smpp.MESSAGE_STATE.DELIVERED,
});

const send = (session, options) => {
  session.deliver_sm(options, (response) => say({ answered: response.command_status }));
};

const server = smpp.createServer((session) => {
  session.on('error', () => session.close());
  session.on('close', () => sessions.delete(session));
  const bind = (pdu) => {
    if (pdu.password !== 's3cr3t') {
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      session.close();
      return;
    }
    session.send(pdu.response({ system_id: 'node' }));
    session.bind = [pdu.addr_ton, pdu.addr_npi, pdu.address_range, pdu.system_type];
    sessions.add(session);
    say({ bound: pdu.command });
  };
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) session.on(command, bind);
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
    say({ unbound: true });
  });
  session.on('submit_sm', (pdu) => {
    messages += 1;
    const id = `node-${messages}`;
    session.send(pdu.response({ message_id: id }));
    say({
      submit: {
        id,
        from: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr],
        to: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
        coding: pdu.data_coding,
        text: text(pdu.short_message),
        parts: pdu.short_message.udh ? [...pdu.short_message.udh[0]] : null,
        bind: session.bind,
        service: [pdu.service_type, pdu.protocol_id, pdu.priority_flag, pdu.registered_delivery],
        validity: pdu.validity_period ? String(pdu.validity_period) : null,
      },
    });
    if (pdu.registered_delivery) send([...sessions].find((one) => one !== session) ?? session, receipt(pdu, id));
  });
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => say({ port: server.address().port }));
createInterface({ input: process.stdin })
  .on('line', (line) => send([...sessions][0], JSON.parse(line)))
  .on('close', () => process.exit(0));
