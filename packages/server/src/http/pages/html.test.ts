import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, trustedHtml } from './html.ts';

test('every value in a template is escaped unless it is Html already', () => {
  const hostile = `"><script>alert('1')</script>&`;
  assert.equal(
    html`<p title="${hostile}">${hostile}${html`<b>${'<'}</b>`}</p>`.toString(),
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;<b>&lt;</b></p>',
  );
});

test('lists are written one after the other, absent values and false write nothing', () => {
  assert.equal(html`${['a', html`<i>`, undefined, null, false, 0, ['<']]}`.toString(), 'a<i>0&lt;');
});

test('an object that only looks like markup, as parsed JSON may, is not trusted', () => {
  const forged: unknown = JSON.parse('{"isEscaped":true,"text":"<b>"}');
  assert.equal(html`${forged as string}`.toString(), '[object Object]');
  assert.equal(html`${trustedHtml('<b>')}`.toString(), '<b>');
});
