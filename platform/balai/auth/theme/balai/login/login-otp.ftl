<#-- The second factor of staff: six digits from the phone. -->
<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('totp'); section>
<#if section = "header">${msg("kodeJudul")}
<#elseif section = "form">
  <p>${msg("kodePengantar")}</p>
  <form id="kc-otp-login-form" class="${properties.kcFormClass}" action="${url.loginAction}" method="post">
    <#if otpLogin.userOtpCredentials?size gt 1>
      <fieldset class="pilihan-kode">
        <legend>${msg("kodePilihPonsel")}</legend>
        <#list otpLogin.userOtpCredentials as c>
          <label><input type="radio" name="selectedCredentialId" value="${c.id}"<#if c.id == otpLogin.selectedCredentialId!''> checked</#if>> ${(c.userLabel?has_content)?then(c.userLabel, msg("kodePonselTanpaNama"))}</label>
        </#list>
      </fieldset>
    <#else>
      <input type="hidden" name="selectedCredentialId" value="${otpLogin.selectedCredentialId!''}">
    </#if>
    <@field.input name="otp" label=msg("loginOtpOneTime") autocomplete="one-time-code" fieldName="totp" autofocus=true/>
    <@buttons.loginButton/>
  </form>
</#if>
</@layout.registrationLayout>
