import assert from 'node:assert/strict';
import { test } from 'node:test';
import de from './messages/de.json' with { type: 'json' };
import en from './messages/en.json' with { type: 'json' };
import { chooseLanguage, languages, messagesIn } from './messages.ts';

const placeholders = (text: string): readonly string[] => (text.match(/\{[^}]*\}/g) ?? []).toSorted();
const request = (acceptLanguage?: string): Request =>
  new Request('http://localhost/', {
    headers: acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage },
  });

test('both languages have the same keys with the same placeholders, and no message is empty', () => {
  const german: Readonly<Record<string, string>> = de;
  assert.deepEqual(Object.keys(de).toSorted(), Object.keys(en).toSorted());
  for (const [key, text] of Object.entries(en)) {
    assert.deepEqual(placeholders(german[key] ?? ''), placeholders(text), key);
    assert.ok(text.trim() !== '' && german[key]?.trim() !== '', key);
    assert.ok(
      placeholders(text).every((name) => /^\{[a-z]+\}$/.test(name)),
      key,
    );
  }
});

test('no message shouts or jokes: none has an exclamation mark', () => {
  for (const text of [...Object.values(en), ...Object.values(de)]) assert.doesNotMatch(text, /!/);
});

test('ui_locales choose the language before Accept-Language, and English is the default (OpenID Connect Core §3.1.2.1)', () => {
  assert.equal(chooseLanguage(request('en'), ['fr', 'de-AT']), 'de');
  assert.equal(chooseLanguage(request('fr, de;q=0.5, en;q=0.4')), 'de');
  assert.equal(chooseLanguage(request('de;q=0, en')), 'en');
  assert.equal(chooseLanguage(request('fr')), 'en');
  assert.equal(chooseLanguage(request()), 'en');
});

test('no ui_locales or Accept-Language value makes the choice fail', () => {
  for (const value of ['', ';;;', ',,,', 'q=', 'de;q=NaN', '*'.repeat(10_000), '__proto__', 'constructor']) {
    assert.ok(languages.includes(chooseLanguage(request(value), [value])));
  }
});

test('a rich message escapes its strings and keeps its markup', () => {
  const text = messagesIn('en').rich('login.asks', { client: '<b>' }).toString();
  assert.equal(text, '&lt;b&gt; asks you to sign in.');
});

test('a time says its zone and a span its unit', () => {
  assert.equal(
    messagesIn('en').time(0).toString(),
    '<time datetime="1970-01-01T00:00:00.000Z">Jan 1, 1970, 12:00 AM UTC</time>',
  );
  assert.equal(messagesIn('de').span(12), '12 Sekunden');
  assert.equal(messagesIn('en').span(121), '3 minutes');
});
