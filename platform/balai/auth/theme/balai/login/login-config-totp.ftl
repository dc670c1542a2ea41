<#-- Setting up the second factor, in three numbered steps that fit on a phone. -->
<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('totp','userLabel'); section>
<#if section = "header">${msg("loginTotpTitle")}
<#elseif section = "form">
  <p>${msg("loginTotpIntro")}</p>
  <ol id="kc-totp-settings" class="langkah">
    <li>
      <p>${msg("loginTotpStep1")}</p>
      <ul id="kc-totp-supported-apps"><#list totp.supportedApplications as app><li>${msg(app)}</li></#list></ul>
    </li>
    <#if mode?? && mode = "manual">
      <li>
        <p>${msg("loginTotpManualStep2")}</p>
        <p><code id="kc-totp-secret-key" class="kunci">${totp.totpSecretEncoded}</code></p>
        <p><a href="${totp.qrUrl}" id="mode-barcode">${msg("loginTotpScanBarcode")}</a></p>
      </li>
    <#else>
      <li>
        <p>${msg("loginTotpStep2")}</p>
        <img id="kc-totp-secret-qr-code" class="qr" src="data:image/png;base64, ${totp.totpSecretQrCode}" alt="${msg("kodeQrAlt")}" width="200" height="200">
        <p><a href="${totp.manualUrl}" id="mode-manual">${msg("loginTotpUnableToScan")}</a></p>
      </li>
    </#if>
    <li><p>${msg("loginTotpStep3")}</p></li>
  </ol>
  <form id="kc-totp-settings-form" class="${properties.kcFormClass}" action="${url.loginAction}" method="post">
    <input type="hidden" id="totpSecret" name="totpSecret" value="${totp.totpSecret}">
    <#if mode??><input type="hidden" id="mode" name="mode" value="${mode}"></#if>
    <@field.input name="totp" label=msg("authenticatorCode") required=true autocomplete="one-time-code"/>
    <@field.input name="userLabel" label=msg("loginTotpDeviceName") required=(totp.otpCredentials?size gte 1)/>
    <@buttons.actionGroup>
      <@buttons.button id="saveTOTPBtn" label="simpan"/>
      <#if isAppInitiatedAction??><@buttons.button id="cancelTOTPBtn" name="cancel-aia" label="doCancel" type="secondary" value="true"/></#if>
    </@buttons.actionGroup>
  </form>
</#if>
</@layout.registrationLayout>
