<#-- Form fields, in the form that Keycloak's own pages call for. -->
<#macro group name label error="" required=false>
<div class="${properties.kcFormGroupClass}">
  <label for="${name}" class="${properties.kcFormGroupLabelClass}">${label}<#if required> <span class="wajib" aria-hidden="true">*</span></#if></label>
  <#nested>
  <div id="input-error-container-${name}" class="pesan-salah" aria-live="polite"><#if error?has_content><span id="input-error-${name}">${error}</span></#if></div>
</div>
</#macro>

<#macro errorIcon error=""></#macro>

<#macro input name label value="" required=false autocomplete="off" fieldName=name error=messagesPerField.get(fieldName) autofocus=false>
  <@group name=name label=label error=error required=required>
    <span class="${properties.kcInputClass}<#if error?has_content> salah</#if>">
      <input id="${name}" name="${name}" value="${value}" autocomplete="${autocomplete}"<#if autofocus> autofocus</#if>
        <#if autocomplete == "one-time-code">type="text" inputmode="numeric" pattern="[0-9 ]*" maxlength="7"<#elseif name == "username" && realm.registrationEmailAsUsername>type="email" inputmode="email" autocapitalize="none" spellcheck="false"<#else>type="text"</#if>
        <#if error?has_content>aria-invalid="true" aria-describedby="input-error-${name}"</#if>>
    </span>
  </@group>
</#macro>

<#macro password name label value="" required=false forgotPassword=false fieldName=name error=messagesPerField.get(fieldName) autocomplete="off" autofocus=false>
  <@group name=name label=label error=error required=required>
    <span class="${properties.kcInputClass} dengan-tombol<#if error?has_content> salah</#if>">
      <input id="${name}" name="${name}" value="${value}" type="password" autocomplete="${autocomplete}"<#if autofocus> autofocus</#if>
        <#if error?has_content>aria-invalid="true" aria-describedby="input-error-${name}"</#if>>
      <button class="${properties.kcFormPasswordVisibilityButtonClass}" type="button" aria-label="${msg('showPassword')}"
        aria-controls="${name}" data-password-toggle data-icon-show="mata-buka" data-icon-hide="mata-tutup"
        data-label-show="${msg('showPassword')}" data-label-hide="${msg('hidePassword')}" id="${name}-show-password"><i class="mata-buka" aria-hidden="true"></i></button>
    </span>
    <#nested>
    <#if autocomplete == "new-password" && name != "password-confirm"><p class="bantuan">${msg("sandiBantuan")}</p></#if>
    <#if forgotPassword><p class="bantuan"><a href="${url.loginResetCredentialsUrl}">${msg("doForgotPassword")}</a></p></#if>
  </@group>
</#macro>

<#macro clipboard name label ariaLabel=label value="" readonly=true>
  <@group name=name label=label>
    <span class="${properties.kcInputClass}"><input id="${name}" name="${name}" value="${value}" type="text" aria-label="${ariaLabel}"<#if readonly> readonly</#if>></span>
  </@group>
</#macro>

<#macro checkbox name label value=false required=false>
  <label for="${name}" class="${properties.kcCheckboxClass}">
    <input type="checkbox" id="${name}" name="${name}"<#if value> checked</#if>>
    <span>${label}</span>
  </label>
</#macro>
