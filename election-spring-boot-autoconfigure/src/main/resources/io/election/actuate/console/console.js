'use strict';

// Shows what the endpoint "election" of one member says, once a second. Nothing that came from there is ever taken for markup.
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const EACH_MS = 1000;
  const PATIENCE_MS = 5000;
  const endpoint = document.body.dataset.election;
  const mayAct = document.body.dataset.actions === 'true';
  let state = null;
  let answeredAt = null;
  let failure = null;
  let drawn = '';

  const $ = (id) => document.getElementById(id);

  const set = (id, text) => {
    const element = $(id);
    // Unchanged text is left alone: a screen reader would read it again.
    if (element.textContent !== text) {
      element.textContent = text;
    }
  };

  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) {
      element.textContent = text;
    }
    if (className) {
      element.className = className;
    }
    return element;
  };

  const draw = (tag, attributes, text) => {
    const element = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    if (text !== undefined) {
      element.textContent = text;
    }
    return element;
  };

  // ---------------------------------------------------------------------------------------------- words

  /** Milliseconds of an ISO-8601 duration as Java writes it. */
  const millis = (text) => {
    const parts = /^(-)?P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?$/.exec(text || '');
    if (!parts) {
      return null;
    }
    const number = (index) => Number(parts[index] || 0);
    return (((number(2) * 24 + number(3)) * 60 + number(4)) * 60 + number(5)) * 1000;
  };

  const inWords = (ms) => {
    if (ms === null || Number.isNaN(ms)) {
      return '–';
    }
    if (ms < 10) {
      return ms.toFixed(1) + ' ms';
    }
    if (ms < 1000) {
      return Math.round(ms) + ' ms';
    }
    const seconds = Math.round(ms / 1000);
    if (seconds < 120) {
      return seconds + ' s';
    }
    const minutes = Math.round(seconds / 60);
    if (minutes < 120) {
      return minutes + ' min';
    }
    return minutes < 48 * 60 ? Math.round(minutes / 60) + ' h' : Math.round(minutes / 1440) + ' days';
  };

  const ago = (instant) => (instant ? inWords(Math.max(0, Date.now() - Date.parse(instant))) + ' ago' : 'never');

  /** The reason of an event: a length of time, a name such as lease-lost, or a clause, which may name a member. */
  const reason = (event) => {
    const ms = millis(event.reason);
    if (ms !== null) {
      return 'for ' + inWords(ms);
    }
    return event.what === 'stepped-down' ? event.reason.toLowerCase().replaceAll(/[-_]/g, ' ') : event.reason;
  };

  const value = (one) => (one === null || one === undefined ? '–' : String(one));

  const EVENTS = {
    'elected': 'leads', 'stepped-down': 'no longer leads', 'leader-changed': 'another leader', 'started': 'this member started',
    'handover': 'handover', 'stalled': 'stood still', 'founded': 'cluster founded', 'two-leaders': 'two leaders'
  };

  // ---------------------------------------------------------------------------------------------- what is shown

  const standing = (member) => (state.membership.members || []).find((m) => m.id === member.id) || {};

  const part = (member) => {
    const of = standing(member).standing;
    const words = [];
    if (member.id === state.leaderId) {
      words.push('leader');
    }
    if (member.kind !== 'data') {
      words.push(member.kind);
    }
    if (of && of !== member.kind) {
      words.push(of);
    } else if (!of) {
      words.push(member.votingState);
    }
    return words.join(', ');
  };

  const entries = (count) => (count === 1 ? '1 entry' : count + ' entries');

  /** How far a member is behind, as far as it is known here: its log, and what of it its replicated memory has applied. */
  const lag = (member) => {
    const { gap } = standing(member);
    const memory = (state.memory ? state.memory.members : []).find((m) => m.id === member.id);
    const words = [];
    if (gap > 0) {
      words.push('lacks ' + entries(gap));
    }
    if (memory && memory.failed) {
      words.push('applies nothing any more');
    } else if (memory && memory.lag > 0) {
      words.push(entries(memory.lag) + ' not applied');
    }
    const known = typeof gap === 'number' || (memory && memory.lag !== null);
    return { behind: words.length > 0, text: words.length > 0 ? words.join(', ') : known ? 'none' : '–', brief: words.length > 0 ? words[0] : known ? 'no lag' : '' };
  };

  const reached = (member) => (member.id === state.nodeId ? 'this member'
    : member.reachable === true ? 'yes' : member.reachable === false ? 'no' : 'not known');

  const wrong = (member) => {
    const words = [];
    if (member.lastError) {
      words.push(member.lastError + (member.lastErrorSince ? ', for ' + ago(member.lastErrorSince).replace(' ago', '') : ''));
    } else if (standing(member).reason) {
      words.push(standing(member).reason);
    }
    if (member.ready === false) {
      words.push('its application is not ready, so it does not stand');
    }
    return words.join('; ');
  };

  const verdict = () => {
    if (failure && !state) {
      return 'This member cannot be asked';
    }
    if (!state.leaderId) {
      return 'Nobody leads, as far as ' + state.nodeId + ' knows';
    }
    const self = state.leaderId === state.nodeId;
    if (self && !state.leader) {
      return state.nodeId + ' holds the leader\u2019s role without a lease';
    }
    return state.leaderId + ' leads in term ' + state.term;
  };

  const showHead = () => {
    set('verdict', verdict());
    $('live').className = 'live ' + (failure ? 'off' : 'on');
    set('live-text', failure ? 'no answer' : 'live');
    document.body.classList.toggle('stale', Boolean(failure && state));
    if (state) {
      set('cluster', 'Cluster ' + state.cluster);
      set('seen', 'Seen by ' + state.nodeId + (state.standalone ? ', which stands alone' : '')
        + (failure && answeredAt ? '. It has not answered since ' + new Date(answeredAt).toLocaleTimeString() + ': what is below is as old' : ''));
      document.title = verdict() + ' – ' + state.cluster;
    } else {
      set('seen', failure || '');
    }
  };

  const showNotices = () => {
    const sentences = [
      failure && state ? 'This page has lost the member that it asks: ' + failure + '.' : null,
      state && state.notReady ? 'This member does not stand: ' + state.notReady : null,
      state && state.foundingWaits ? 'No cluster is founded yet: ' + state.foundingWaits : null,
      state && state.certificateWarning,
      state && state.membership.difference,
      state && state.memoryDiffers && 'The replicated memory is not the same everywhere: ' + state.memoryDiffers,
      state && state.memory && state.memory.failure && 'This member applies nothing to its replicated memory any more: ' + state.memory.failure
    ].filter(Boolean);
    const box = $('notices');
    const before = Array.from(box.children, (child) => child.textContent);
    if (before.join('\n') !== sentences.join('\n')) {
      box.replaceChildren(...sentences.map((sentence) => make('p', sentence, 'notice')));
    }
    box.hidden = sentences.length === 0;
  };

  const showWhy = () => {
    const why = state.whyNobodyLeads;
    $('why').hidden = Boolean(state.leaderId);
    if (state.leaderId) {
      return;
    }
    set('why-summary', why ? why.summary : 'This member knows no leader.');
    const sentences = why ? why.members.map((m) => m.id + ': ' + m.why) : [];
    const list = $('why-list');
    if (Array.from(list.children, (child) => child.textContent).join('\n') !== sentences.join('\n')) {
      list.replaceChildren(...sentences.map((sentence) => make('li', sentence)));
    }
  };

  const showFacts = () => {
    set('term', value(state.term));
    set('role', state.role.toLowerCase().replace('_', '-'));
    const remaining = millis(state.leaseRemaining);
    set('lease', !state.leader ? 'held by the leader only' : remaining === null ? 'without an end' : inWords(remaining) + ' left');
    const bar = $('lease-bar');
    bar.hidden = !state.leader || remaining === null;
    bar.max = Math.max(bar.max, remaining || 0);
    bar.value = remaining || 0;
    const quorum = state.quorum;
    set('quorum', quorum.needed + ' of ' + quorum.voters + (quorum.reachable === null ? '' : ', ' + quorum.reachable + ' reached'));
    const trip = millis(quorum.roundTrip);
    const longest = millis(quorum.longestRoundTrip);
    set('quorum-trip', trip === null ? '–' : inWords(trip));
    set('quorum-most', trip === null || longest === null ? '' : 'of ' + inWords(longest) + ' at most');
    const spare = state.membership.failureTolerance;
    set('spare', spare === null ? 'known to the leader' : String(spare));
    $('spare').className = spare === 0 && quorum.voters > 2 ? 'no' : '';
    set('commit', 'up to ' + value(state.commitIndex));
    set('token', value(state.fencingToken));
    $('memory-fact').hidden = !state.memory;
    if (state.memory) {
      set('memory', 'applied up to ' + state.memory.appliedIndex + (state.memory.lag > 0 ? ', lacks ' + entries(state.memory.lag) : ''));
    }
    $('leader-actions').hidden = !mayAct || !state.leader;
    const others = state.members.some((m) => m.id !== state.nodeId && m.kind === 'data');
    $('hand-over').hidden = !others;
    set('actions-note', !mayAct ? 'Nothing can be changed here: the access to the endpoint is read only.'
      : state.leader ? '' : 'To move the leadership, use the console of the leader.');
  };

  const cell = (label, text, className) => {
    const td = make('td', text, className);
    td.dataset.label = label;
    if (text === '' || text === '–') {
      td.dataset.empty = '';
    }
    return td;
  };

  const button = (label, description, action) => {
    const element = make('button', label);
    element.type = 'button';
    element.setAttribute('aria-label', description);
    element.addEventListener('click', action);
    return element;
  };

  const showTable = () => {
    document.querySelectorAll('.change').forEach((th) => { th.hidden = !mayAct; });
    const rows = $('rows');
    // The buttons stay, or the focus would be lost each second.
    const key = state.members.map((m) => m.id + standing(m).standing).join('|');
    if (rows.dataset.key !== key) {
      rows.dataset.key = key;
      rows.replaceChildren(...state.members.map(() => make('tr')));
    }
    state.members.forEach((member, index) => {
      const row = rows.children[index];
      const of = standing(member);
      const name = make('th', member.id);
      name.scope = 'row';
      const cells = [name, cell('Part', part(member)),
        cell('Reached', reached(member), member.reachable === false ? 'no' : member.reachable ? 'yes' : ''),
        cell('Round trip', member.id === state.nodeId ? '' : member.reachable === false ? '–' : inWords(millis(member.roundTrip))),
        cell('Log', value(of.matchIndex ?? member.matchIndex)),
        cell('Lag', lag(member).text, lag(member).behind ? 'behind' : ''),
        cell('Last heard', member.id === state.nodeId ? '' : ago(member.lastContact)),
        cell('What is wrong', wrong(member), 'wrong')];
      cells.forEach((made, at) => {
        const old = row.children[at];
        if (!old) {
          row.append(made);
        } else if (old.textContent !== made.textContent || old.className !== made.className) {
          old.replaceWith(made);
        }
      });
      if (mayAct && !row.children[8]) {
        const td = make('td');
        const actions = make('div', null, 'actions');
        if (of.standing === 'learner' || of.standing === 'spare') {
          actions.append(button('Promote', 'Promote ' + member.id, () => changeMember('promote', member.id)));
        }
        if (of.standing === 'voter' || of.standing === 'dead') {
          actions.append(button('Demote', 'Demote ' + member.id, () => changeMember('demote', member.id)));
        }
        if (of.standing && of.standing !== 'removed') {
          actions.append(button('Remove', 'Remove ' + member.id, () => changeMember('remove', member.id)));
        }
        td.append(actions);
        row.append(td);
      }
    });
  };

  // ---------------------------------------------------------------------------------------------- the picture

  /** Where each member stands: on an ellipse, its words above it in the upper half, below it in the lower half. */
  const places = (members, width, radius) => {
    const alone = members.length === 1;
    const across = width / 2 - radius - 30;
    const down = (width < 440 ? 125 : 100) + (members.length > 5 ? 50 : 0);
    const words = 46;
    const at = members.map((member, index) => {
      const angle = (index / members.length) * 2 * Math.PI - Math.PI / 2;
      return { x: width / 2 + (alone ? 0 : across * Math.cos(angle)), y: alone ? 0 : down * Math.sin(angle), above: !alone && Math.sin(angle) < -0.3 };
    });
    const top = Math.min(...at.map((one) => one.y - radius - (one.above ? words : 8)));
    const bottom = Math.max(...at.map((one) => one.y + radius + (one.above ? 8 : words)));
    at.forEach((one) => { one.y -= top; });
    return { at: new Map(members.map((member, index) => [member.id, at[index]])), height: Math.round(bottom - top) };
  };

  const drawLink = (member, from, to) => {
    const how = member.reachable === true ? 'up' : member.reachable === false ? 'down' : 'unknown';
    const text = how === 'up' ? inWords(millis(member.roundTrip)) : how === 'down' ? 'not reached' : 'not known';
    return {
      line: draw('line', { class: 'link ' + how, x1: from.x, y1: from.y, x2: to.x, y2: to.y }),
      trip: draw('text', { class: 'trip' + (how === 'down' ? ' down' : ''), x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 + 4 }, text)
    };
  };

  const drawNode = (member, { x, y, above }, radius) => {
    const leads = member.id === state.leaderId;
    const self = member.id === state.nodeId;
    const classes = ['node', member.kind, leads ? 'leader' : '', member.reachable === false ? 'down' : '', self ? 'self' : ''];
    const group = draw('g', { class: classes.filter(Boolean).join(' ') });
    group.append(draw('circle', { cx: x, cy: y, r: radius }));
    if (self) {
      group.append(draw('circle', { class: 'ring', cx: x, cy: y, r: radius + 6 }));
    }
    const most = Math.round(radius / 4);
    group.append(draw('text', { x, y: y + (leads ? 0 : 5) }, member.id.length > most ? member.id.slice(0, most - 1) + '…' : member.id));
    if (leads) {
      group.append(draw('text', { class: 'crown', x, y: y + 18 }, 'leader'));
    }
    const behind = lag(member);
    group.append(draw('title', {}, member.id + ': ' + part(member) + ', reached: ' + reached(member) + ', lag: ' + behind.text));
    const words = [draw('text', { class: 'small part', x }, part(member).replace(/^leader(, )?/, ''))];
    if (behind.brief) {
      words.push(draw('text', { class: 'small lag' + (behind.behind ? ' behind' : ''), x }, behind.brief));
    }
    words.forEach((text, line) => text.setAttribute('y', above ? y - radius - 14 - 17 * (words.length - 1 - line) : y + radius + 22 + 17 * line));
    group.append(...words);
    return group;
  };

  const showPicture = () => {
    const members = state.members;
    const picture = $('picture');
    // As wide as it is shown, so that its words are as large on a phone.
    const width = Math.min(600, Math.max(280, Math.round(picture.getBoundingClientRect().width) || 560));
    const now = members.map((m) => [m.id, m.kind, m.reachable, part(m), lag(m).text, Math.round(millis(m.roundTrip) * 10)].join()).join('|') + state.leader + width;
    if (now === drawn) {
      return;
    }
    drawn = now;
    const radius = members.length > 5 ? 34 : 42;
    const { at, height } = places(members, width, radius);
    const from = at.get(state.nodeId);
    const links = members.filter((m) => from && m.id !== state.nodeId).map((m) => drawLink(m, from, at.get(m.id)));
    picture.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
    picture.replaceChildren(...links.map((link) => link.line), ...members.map((m) => drawNode(m, at.get(m.id), radius)),
      ...links.map((link) => link.trip));
  };

  const showTimeline = () => {
    const events = state.history;
    const list = $('timeline');
    const key = events.length + (events.length ? events[events.length - 1].at + events[0].at : '');
    if (list.dataset.key === key) {
      return;
    }
    list.dataset.key = key;
    list.replaceChildren(...events.slice().reverse().map((event) => {
      const item = make('li');
      const time = make('time', new Date(event.at).toLocaleTimeString());
      time.dateTime = event.at;
      time.title = new Date(event.at).toLocaleString();
      const what = make('span', null, 'what');
      what.append(make('span', EVENTS[event.what] || event.what.replaceAll('-', ' '),
        event.what === 'elected' ? 'good' : event.what === 'stepped-down' ? 'ended' : ''));
      if (event.reason) {
        what.append(' ' + reason(event));
      }
      if (event.times > 1) {
        what.append(' (' + event.times + ' times, until ' + new Date(event.lastAt).toLocaleTimeString() + ' in term ' + event.lastTerm + ')');
      }
      item.append(time, make('span', 'term ' + event.term, 'of'), what);
      return item;
    }));
    // Of what is counted together nobody knows when each of it was.
    showTerms(events.filter((event) => event.times === 1));
  };

  /** A bar for each term, as wide as it lasted; green where this member led. */
  const showTerms = (events) => {
    if (events.length === 0) {
      return;
    }
    const begin = Date.parse(events[0].at);
    const whole = Math.max(1, Date.now() - begin);
    const terms = [];
    events.forEach((event) => {
      const last = terms[terms.length - 1];
      if (!last || last.term !== event.term) {
        terms.push({ term: event.term, at: Date.parse(event.at), led: false });
      }
      terms[terms.length - 1].led = terms[terms.length - 1].led || event.what === 'elected';
    });
    $('terms').replaceChildren(...terms.map((term, index) => {
      const end = index + 1 < terms.length ? terms[index + 1].at : Date.now();
      const bar = draw('rect', { class: term.led ? 'led' : '', x: ((term.at - begin) / whole) * 1000, y: 4,
        width: Math.max(3, ((end - term.at) / whole) * 1000), height: 46, rx: 4 });
      bar.append(draw('title', {}, 'term ' + term.term + (term.led ? ', led by this member' : '')));
      return bar;
    }));
  };

  const show = () => {
    showHead();
    showNotices();
    if (state) {
      showWhy();
      showFacts();
      showTable();
      showPicture();
      showTimeline();
    }
  };

  // ---------------------------------------------------------------------------------------------- asking

  const within = (options) => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), PATIENCE_MS);
    return { ...options, signal: abort.signal };
  };

  const poll = async () => {
    if (!document.hidden) {
      try {
        const response = await fetch(endpoint, within({ headers: { Accept: 'application/json' }, cache: 'no-store' }));
        if (!response.ok) {
          throw new Error(response.status === 401 || response.status === 403
            ? 'it wants you to sign in (' + response.status + ')' : 'its endpoint answers ' + response.status);
        }
        state = await response.json();
        answeredAt = Date.now();
        failure = null;
      } catch (error) {
        failure = error.name === 'AbortError' ? 'no answer within 5 s'
          : error instanceof TypeError ? 'no connection' : error instanceof SyntaxError ? 'its answer is not JSON' : error.message;
      }
      show();
    }
    setTimeout(poll, EACH_MS);
  };

  // ---------------------------------------------------------------------------------------------- acting

  const cookie = (name) => {
    const found = document.cookie.split('; ').find((one) => one.startsWith(name + '='));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
  };

  const post = async (path, body) => {
    set('result', 'Under way …');
    try {
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
      const token = cookie('XSRF-TOKEN');
      if (token) {
        headers['X-XSRF-TOKEN'] = token;
      }
      const response = await fetch(endpoint + path, { method: 'POST', headers, body: JSON.stringify(body) });
      const text = await response.text();
      let answer = null;
      try {
        answer = JSON.parse(text);
      } catch (notJson) {
        answer = null;
      }
      if (response.status === 401 || response.status === 403) {
        set('result', 'Refused (' + response.status + '): sign in, or see to it that the CSRF token reaches this page in the cookie XSRF-TOKEN.');
      } else {
        set('result', answer && answer.detail ? (answer.outcome + ': ' + answer.detail) : 'Answer ' + response.status);
      }
    } catch (error) {
      set('result', 'No answer: it is not known whether that was done.');
    }
  };

  /** Asks first. With members to choose from, the one that was chosen is handed on. */
  const ask = (title, text, label, action, members) => {
    const dialog = $('ask');
    set('ask-title', title);
    set('ask-text', text);
    set('ask-confirm', label);
    $('ask-choice').hidden = !members;
    $('ask-member').replaceChildren(...(members || []).map((id) => make('option', id)));
    dialog.onclose = () => {
      if (dialog.returnValue === 'confirm') {
        action($('ask-member').value);
      }
    };
    dialog.returnValue = 'cancel';
    dialog.showModal();
  };

  const changeMember = (action, member) => {
    const version = state.membership.version;
    const words = {
      promote: ['Promote ' + member + '?', 'It gets a vote: it counts for the quorum from then on.'],
      demote: ['Demote ' + member + '?', 'It loses its vote, stays a member, and is not promoted again by itself.'],
      remove: ['Remove ' + member + '?', 'It takes part in nothing any more. If it leads, it hands over first.']
    }[action];
    ask(words[0], words[1] + ' This builds on version ' + version + ' of the members.', action[0].toUpperCase() + action.slice(1),
      () => post('/members', { action, member, version }));
  };

  $('step-down').addEventListener('click', () => ask('Let ' + state.nodeId + ' step down?',
    'Another member takes over, and this one stands last for ten election timeouts. If no other can lead, nobody leads for a while.',
    'Step down', () => post('', { action: 'step-down' })));
  $('hand-over').addEventListener('click', () => ask('Hand over the leadership?',
    state.nodeId + ' leads on if the other one is not ready in time.', 'Hand over', (to) => post('', { action: 'transfer', to }),
    state.members.filter((m) => m.id !== state.nodeId && m.kind === 'data').map((m) => m.id)));

  window.addEventListener('resize', () => {
    if (state) {
      showPicture();
    }
  });

  if (endpoint) {
    poll();
  } else {
    failure = 'The endpoint "election" is not exposed over HTTP: add it to management.endpoints.web.exposure.include';
    show();
  }
})();
