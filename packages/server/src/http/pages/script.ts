/** The one script of all pages. It only adds comfort: sending an answer on, showing a password, times in the reader's own zone. */
export const script = `'use strict';
document.querySelector('form[data-send]')?.submit();
for (const button of document.querySelectorAll('button[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener('click', () => {
    const show = input.type === 'password';
    input.type = show ? 'text' : 'password';
    button.textContent = show ? button.dataset.hide : button.dataset.show;
    button.ariaLabel = show ? button.dataset.hideLabel : button.dataset.showLabel;
  });
  input.form.addEventListener('submit', () => { input.type = 'password'; });
}
const language = document.documentElement.lang;
const tag = navigator.languages.find((one) => one.split('-')[0] === language) ?? language;
for (const time of document.querySelectorAll('time[datetime]')) {
  const options = { dateStyle: 'medium', timeStyle: 'short' };
  time.textContent = new Date(time.dateTime).toLocaleString(tag, options);
}
`;
