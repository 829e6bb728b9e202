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

  /** A time of today, or with its day. */
  const inShort = (date) => (date.toDateString() === new Date().toDateString() ? date.toLocaleTimeString([], { timeStyle: 'short' })
    : date.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' }));

  const ago = (instant) => (instant ? inWords(Math.max(0, Date.now() - Date.parse(instant))) + ' ago' : 'never');

  /** The reason of an event: a length of time, a name such as lease-lost, or a clause, which may name a member. */
  const reason = (event) => {
    const ms = millis(event.reason);
    if (ms !== null) {
      return 'for ' + inWords(ms);
    }
    const words = event.what === 'stepped-down' ? event.reason.toLowerCase().replaceAll(/[-_]/g, ' ') : event.reason;
    return '– ' + words.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (instant) => inShort(new Date(instant)));
  };

  const value = (one) => (one === null || one === undefined ? '–' : String(one));

  const EVENTS = {
    'elected': 'leads', 'stepped-down': 'no longer leads', 'leader-changed': 'another leader', 'started': 'this member started',
    'handover': 'handover', 'stalled': 'stood still', 'founded': 'cluster founded', 'two-leaders': 'two leaders',
    'leader-known': 'knows the leader', 'leader-unknown': 'knows no leader', 'election-elected': 'won an election'
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

  const known = (from, to) => (state.membership.links || []).find((link) => link.from === from && link.to === to);

  /** How two members reach each other, by what both say of it; the word of the one that is asked comes first. */
  const between = (one, other) => {
    const said = [known(one, other), known(other, one)].filter(Boolean)
      .sort((a, b) => (b.from === state.nodeId) - (a.from === state.nodeId));
    const lost = said.filter((link) => !link.reached);
    const how = said.length === 0 ? 'unknown' : lost.length === 0 ? 'up' : lost.length < said.length ? 'half' : 'down';
    const trip = said.map((link) => millis(link.roundTrip)).find((ms) => ms !== null);
    return { how, lost, told: said.map((link) => link.told).filter(Boolean),
      text: { up: inWords(trip ?? null), down: 'not reached', half: 'one way', unknown: 'not known' }[how],
      title: said.length === 0 ? one + ' and ' + other + ': not known' : said.map(linkInWords).join('; ') };
  };

  const age = (link) => (link.told ? ', as it said ' + ago(link.told) : '');

  const linkInWords = (link) => link.from + (link.reached
    ? ' reaches ' + link.to + (link.roundTrip ? ' in ' + inWords(millis(link.roundTrip)) : '')
    : ' does not reach ' + link.to + (link.reason ? ' (' + link.reason + ')' : '')) + age(link);

  /** All pairs of members, each once. */
  const pairs = () => state.members.flatMap((one, index) => state.members.slice(index + 1).map((other) => [one.id, other.id]));

  /** Which members a member reaches, in words: what is wrong first, and each round trip where they are few. */
  const reaches = (member) => {
    const others = state.members.filter((m) => m.id !== member.id);
    const said = others.map((other) => known(member.id, other.id)).filter(Boolean);
    const up = said.filter((link) => link.reached);
    const td = cell('It reaches', '', 'reaches');
    const words = said.filter((link) => !link.reached).map((link) => {
      // Why a member is not reached that this one does not reach either stands in its own row.
      const own = known(state.nodeId, link.to);
      const why = link.reason && link.told && (!own || own.reached) ? ': ' + link.reason : '';
      return make('span', 'not ' + link.to + why, 'lost');
    });
    if (up.length > 4) {
      words.push(make('span', up.length + ' of ' + others.length));
    } else {
      words.push(...up.map((link) => make('span', link.to + (link.roundTrip ? ' in ' + inWords(millis(link.roundTrip)) : ''))));
    }
    const told = said.map((link) => link.told).find(Boolean);
    if (told) {
      words.push(make('span', 'as it said ' + ago(told), 'quiet'));
    }
    if (words.length === 0 && others.length > 0) {
      words.push(make('span', 'not known', 'quiet'));
    }
    if (words.length > 0) {
      delete td.dataset.empty;
    }
    words.forEach((word, index) => td.append(word, index < words.length - 1 ? ', ' : ''));
    return td;
  };

  /** Two members that this one reaches, and that do not reach each other: its own links do not show that. */
  const apart = () => pairs().filter(([one, other]) => one !== state.nodeId && other !== state.nodeId
    && [one, other].every((id) => state.members.find((m) => m.id === id).reachable === true))
    .map(([one, other]) => between(one, other)).filter((link) => link.lost.length > 0)
    .map((link) => 'The network is cut in part: ' + link.lost.map(linkInWords).join('; ') + '.');

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
      document.title = (state.paused ? 'Paused: ' : '') + verdict() + ' – ' + state.cluster;
    } else {
      set('seen', failure || '');
    }
  };

  const showPause = () => {
    const { paused } = state;
    $('paused').hidden = !paused;
    if (!paused) {
      return;
    }
    const until = new Date(paused.until);
    set('paused-title', 'Leadership paused until ' + inShort(until));
    set('paused-until', (paused.holder === state.leaderId ? paused.holder + ' keeps the leadership' : 'Only ' + paused.holder + ' stands for election')
      + '. The pause ends by itself in ' + inWords(Math.max(0, until.getTime() - Date.now())) + '.');
    set('paused-why', 'Paused by ' + paused.by + (paused.reason ? ': ' + paused.reason : ', without a reason'));
    $('resume').hidden = !mayAct;
  };

  const showNotices = () => {
    const sentences = [
      ...(state ? apart() : []),
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
    const moves = state.leader && !state.paused;
    const others = state.members.some((m) => m.id !== state.nodeId && m.kind === 'data');
    $('step-down').hidden = !moves;
    $('hand-over').hidden = !moves || !others;
    $('pause').hidden = Boolean(state.paused) || !state.leaderId || !others;
    $('actions').hidden = !mayAct || Array.from($('actions').children).every((one) => one.hidden);
    set('actions-note', !mayAct ? 'Nothing can be changed here: the access to the endpoint is read only.'
      : state.paused ? 'The leadership does not move while it is paused. Resume first.'
        : state.leader || !state.leaderId ? '' : 'To move the leadership, use the console of ' + state.leaderId + '.');
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
        reaches(member),
        cell('What is wrong', wrong(member), 'wrong')];
      cells.forEach((made, at) => {
        const old = row.children[at];
        if (!old) {
          row.append(made);
        } else if (old.textContent !== made.textContent || old.className !== made.className) {
          old.replaceWith(made);
        }
      });
      if (mayAct && !row.children[9]) {
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
    return { at: new Map(members.map((member, index) => [member.id, at[index]])), height: Math.round(bottom - top),
      centre: { x: width / 2, y: -top } };
  };

  /** The words of a link stand at its middle; those of one that goes through the middle of the picture stand nearer to one end. */
  const drawLink = ([one, other], at, centre, brief) => {
    const link = between(one, other);
    const from = at.get(one);
    const to = at.get(other);
    const own = one === state.nodeId || other === state.nodeId;
    const middle = Math.hypot((from.x + to.x) / 2 - centre.x, (from.y + to.y) / 2 - centre.y) < 24 && at.size > 2;
    const along = middle ? 0.34 : 0.5;
    const line = draw('line', { class: 'link ' + link.how + (own ? ' own' : ''), x1: from.x, y1: from.y, x2: to.x, y2: to.y,
      'data-pair': one + ' ' + other });
    line.append(draw('title', {}, link.title));
    const quiet = brief && !own && link.how !== 'down' && link.how !== 'half';
    return { line, how: link.how, trip: quiet ? null : draw('text', { class: 'trip ' + link.how,
      x: from.x + (to.x - from.x) * along, y: from.y + (to.y - from.y) * along + 4 }, link.text) };
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
    const links = pairs();
    const now = members.map((m) => [m.id, m.kind, m.reachable, part(m), lag(m).text].join()).join('|')
      + links.map((pair) => between(...pair).how + between(...pair).text).join() + state.leader + width + Boolean(state.paused);
    showNote();
    if (now === drawn) {
      return;
    }
    drawn = now;
    const radius = members.length > 5 ? 34 : 42;
    const { at, height, centre } = places(members, width, radius);
    // What is wrong is drawn last, above the rest.
    const order = ['unknown', 'up', 'half', 'down'];
    const lines = links.map((pair) => drawLink(pair, at, centre, members.length > 5))
      .sort((a, b) => order.indexOf(a.how) - order.indexOf(b.how));
    picture.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
    picture.replaceChildren(...lines.map((link) => link.line), ...members.map((m) => drawNode(m, at.get(m.id), radius)),
      ...lines.map((link) => link.trip).filter(Boolean));
  };

  const showNote = () => {
    const told = pairs().flatMap((pair) => between(...pair).told).map((instant) => Date.now() - Date.parse(instant));
    const others = told.length > 0
      ? ' A link between two others is shown as these two said, at most ' + inWords(Math.max(1000, ...told)) + ' ago.'
      : state.members.length > 2 ? ' Of links between two others nothing is known here.' : '';
    set('picture-note', state.members.length < 2 ? '' : 'The ringed member is the one that is asked.' + others
      + ' The table below says the same in words.');
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
      showPause();
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

  /**
   * Asks first. With members to choose from, the one that was chosen is handed on; with the fields of a pause, what was filled in is
   * read by the action.
   */
  const ask = ({ title, text, label, action, members, pause = false, grave = true }) => {
    const dialog = $('ask');
    set('ask-title', title);
    set('ask-text', text);
    set('ask-confirm', label);
    $('ask-confirm').className = grave ? 'danger' : 'main';
    $('ask-choice').hidden = !members;
    $('ask-member').replaceChildren(...(members || []).map((id) => make('option', id)));
    $('ask-pause').hidden = !pause;
    // What is hidden is not asked for.
    $('pause-length').required = pause;
    $('pause-length').disabled = !pause;
    dialog.onclose = () => {
      if (dialog.returnValue === 'confirm') {
        action($('ask-member').value);
      }
    };
    dialog.returnValue = 'cancel';
    dialog.showModal();
    $(pause ? 'pause-length' : 'ask-cancel').focus();
  };

  $('ask-cancel').addEventListener('click', () => $('ask').close('cancel'));

  /** A length of time has to be given, and of 24 hours at most. */
  const checkLength = () => {
    const most = $('pause-unit').value === 'h' ? 24 : 24 * 60;
    $('pause-length').max = most;
  };
  $('pause-unit').addEventListener('change', checkLength);
  checkLength();

  const changeMember = (action, member) => {
    const version = state.membership.version;
    const words = {
      promote: ['Promote ' + member + '?', 'It gets a vote: it counts for the quorum from then on.'],
      demote: ['Demote ' + member + '?', 'It loses its vote, stays a member, and is not promoted again by itself.'],
      remove: ['Remove ' + member + '?', 'It takes part in nothing any more. If it leads, it hands over first.']
    }[action];
    ask({ title: words[0], text: words[1] + ' This builds on version ' + version + ' of the members.',
      label: action[0].toUpperCase() + action.slice(1), action: () => post('/members', { action, member, version }) });
  };

  $('step-down').addEventListener('click', () => ask({
    title: 'Let ' + state.nodeId + ' step down?',
    text: 'Another member takes over, and this one stands last for ten election timeouts. If no other can lead, nobody leads for a while.',
    label: 'Step down', action: () => post('', { action: 'step-down' }) }));
  $('hand-over').addEventListener('click', () => ask({
    title: 'Hand over the leadership?',
    text: state.nodeId + ' leads on if the other one is not ready in time.', label: 'Hand over',
    action: (to) => post('', { action: 'transfer', to }),
    members: state.members.filter((m) => m.id !== state.nodeId && m.kind === 'data').map((m) => m.id) }));
  $('pause').addEventListener('click', () => {
    $('pause-length').value = '';
    $('pause-reason').value = '';
    ask({ title: 'Pause the leadership?',
      text: state.leaderId + ' keeps it. If ' + state.leaderId + ' stops or fails, nobody leads until it is back, somebody resumes, or the time has come.',
      label: 'Pause', pause: true,
      action: () => post('/pause', { until: $('pause-length').value + $('pause-unit').value, reason: $('pause-reason').value.trim(),
        by: $('pause-by').value.trim() }) });
  });
  $('resume').addEventListener('click', () => ask({
    title: 'Resume the leadership?',
    text: state.leaderId ? state.leaderId + ' leads on. From then on another member takes over if it fails.'
      : 'Nobody leads. ' + state.nodeId + ', which you ask, stands for election at once.',
    label: 'Resume', grave: false, action: () => post('/resume', { by: $('pause-by').value.trim() }) }));

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
